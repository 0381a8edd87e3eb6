// The intents of one spool that have no outcome yet, kept while its leaves pass by.
//
// A worker writes the intent and the outcome of a request into the same spool. So when a spool has no writer
// any more, what is left here are requests that ended with their process.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::audit {

// Not thread-safe.
class OpenIntents {
 public:
  explicit OpenIntents(std::string spool) : spool_(std::move(spool)) {}

  // A leaf of the spool. Passing one twice changes nothing, as long as all that follow it are passed again,
  // too.
  void Pass(uint64_t sequence, std::string_view bytes);

  bool empty() const { return open_.empty(); }
  size_t size() const { return open_.size(); }

  // The outcomes that say that these requests were interrupted, in the order of their intents.
  std::vector<Record> Interrupted(int64_t now_us) const;

  // As text, one line each, and back; lines that are none are ignored.
  std::string Text() const;
  void Read(std::string_view text);

 private:
  struct Intent {
    std::string request_id;
    int64_t started_us = 0;
  };

  const std::string spool_;
  std::map<uint64_t, Intent> open_;  // by sequence
};

}  // namespace portcullis::audit
