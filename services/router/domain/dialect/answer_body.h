// What the adapters of answers share: whole bodies are held until they are complete and look like an answer,
// streams until their first event does. A provider that answers 200 with nothing, with a page or with an
// error has failed before the client saw a byte, so that another target can be asked.
#pragma once

#include <string>
#include <string_view>

#include "libs/json/tape.h"
#include "services/router/domain/dialect/dialect.h"
#include "services/router/domain/dialect/event_cutter.h"

namespace portcullis::router {

class WholeBody : public AnswerAdapter {
 public:
  absl::Status Begin(std::string_view content_type) override;
  absl::Status Feed(std::string_view bytes, std::string* out) override;
  absl::Status Finish(std::string* out) override;

 protected:
  // The whole body, which begins and ends like an object.
  virtual absl::Status Translate(std::string body, std::string* out) = 0;

 private:
  std::string body_;
};

class EventBody : public AnswerAdapter {
 public:
  EventBody();

  absl::Status Begin(std::string_view content_type) override;
  absl::Status Feed(std::string_view bytes, std::string* out) override;
  absl::Status Finish(std::string* out) override;

 protected:
  // An event with data, in order. What is appended leaves.
  virtual absl::Status OnEvent(const CutEvent& event, std::string* out) = 0;

  // After the last event.
  virtual absl::Status OnEnd(std::string*) { return absl::OkStatus(); }

  json::Tape tape_;

 private:
  absl::Status CheckFirst(std::string_view data);

  EventCutter cutter_;
  bool begun_ = false;  // an event with data came
};

// The text of an error event's or error body's `error`, one line; "an error" when it says nothing.
std::string ErrorText(const json::Tape& tape, const json::Node& error);

}  // namespace portcullis::router
