// A streamed answer through the editor and the real policies: for every way to cut it into deltas, events and
// bytes, a client puts together in each field what a check of the whole field would have given it.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/rng.h"
#include "libs/testing/fake_clock.h"
#include "services/edge/domain/stream_editor.h"
#include "services/policy/domain/engine.h"
#include "services/policy/domain/pii/entity.h"
#include "tests/unit/services/policy/domain/sample_texts.h"

namespace portcullis::edge {
namespace {

using nlohmann::json;
using policy::SegmentKind;

// A field of an answer that grows by deltas.
struct Field {
  int choice = 0;
  std::string name;  // "content", "reasoning_content", "refusal" or, with a call, "arguments"
  int call = -1;
  std::string text;
  size_t sent = 0;

  std::string Key() const { return std::to_string(choice) + "." + name + std::to_string(call); }
  SegmentKind kind() const { return call >= 0 ? SegmentKind::kJson : SegmentKind::kText; }
};

bool IsUtf8(const std::string& text) {
  try {
    (void)json(text).dump();
    return true;
  } catch (const json::exception&) {
    return false;
  }
}

policy::ChainOptions Redacting() {
  policy::ChainOptions options;
  options.chain = {"pii-detector", "safety-filter", "secrets"};
  for (const policy::EntityInfo& info : policy::Entities()) {
    options.pii_detector.entities[std::string(info.name)] = true;
  }
  options.safety_filter.action = policy::OnDetect::kRedact;
  return options;
}

class StreamProperty : public ::testing::Test {
 protected:
  StreamProperty() : bundles_(*policy::Bundle::Compile(Redacting())), engine_(&bundles_, &clock_, &probe_) {
    for (const policy::SampleText& sample : policy::SampleTexts()) {
      if (!IsUtf8(sample.text)) continue;
      (sample.kind == SegmentKind::kJson ? arguments_ : texts_).push_back(sample.text);
    }
  }

  size_t Below(size_t limit) { return rng_.Next() % limit; }
  const std::string& OneOf(const std::vector<std::string>& texts) { return texts[Below(texts.size())]; }

  std::unique_ptr<policy::Exchange> Open() {
    std::unique_ptr<policy::Exchange> exchange;
    engine_.Open({},
                 [&](absl::StatusOr<policy::OpenResult> result) { exchange = std::move(result->exchange); });
    return exchange;
  }

  std::string Whole(const Field& field) {
    std::string out;
    Open()->CheckOutput({{field.text, field.kind(), policy::Role::kAssistant, ""}},
                        [&](absl::StatusOr<policy::Decision> decision) {
                          uint32_t at = 0;
                          for (const policy::Edit& edit : decision->edits) {
                            out += field.text.substr(at, edit.begin - at) + edit.replacement;
                            at = edit.end;
                          }
                          out += field.text.substr(at);
                        });
    return out;
  }

  std::vector<Field> RandomFields() {
    std::vector<Field> fields;
    const int choices = 1 + static_cast<int>(Below(3));
    for (int choice = 0; choice < choices; ++choice) {
      for (const char* name : {"content", "reasoning_content", "refusal"}) {
        if (Below(3) > 0) fields.push_back({choice, name, -1, OneOf(texts_) + " " + OneOf(texts_)});
      }
      const int calls = static_cast<int>(Below(4));
      for (int call = 0; call < calls; ++call)
        fields.push_back({choice, "arguments", call, OneOf(arguments_)});
    }
    return fields;
  }

  // The next delta of a field: up to 12 bytes, to the end of a code point.
  json NextDelta(Field& field) {
    size_t end = std::min(field.text.size(), field.sent + Below(13));
    while (end < field.text.size() && (static_cast<uint8_t>(field.text[end]) & 0xC0) == 0x80) ++end;
    const std::string piece = field.text.substr(field.sent, end - field.sent);
    field.sent = end;
    if (field.call < 0) return {{field.name, piece}};
    const json call = {{"index", field.call}, {"function", {{"arguments", piece}}}};
    return {{"tool_calls", json::array({call})}};
  }

  std::string RandomStream(std::vector<Field> fields) {
    std::string stream;
    while (!fields.empty()) {
      const size_t at = Below(fields.size());
      json choices = json::array();
      choices.push_back(
          {{"index", fields[at].choice}, {"delta", NextDelta(fields[at])}, {"finish_reason", nullptr}});
      stream += "data: " + json{{"id", "c"}, {"choices", choices}}.dump() + "\n\n";
      if (fields[at].sent == fields[at].text.size())
        fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (int choice = 0; choice < 3; ++choice) {
      const json end = {{"index", choice}, {"delta", json::object()}, {"finish_reason", "stop"}};
      stream += "data: " + json{{"id", "c"}, {"choices", json::array({end})}}.dump() + "\n\n";
    }
    return stream + "data: [DONE]\n\n";
  }

  std::string Filter(const std::string& stream) {
    auto exchange = Open();
    StreamEditor editor{StreamLimits{}};
    std::string out;
    const auto guard = [&] {
      policy::GuardResult result;
      if (!editor.pieces().empty()) {
        exchange->Guard(editor.pieces(),
                        [&](absl::StatusOr<policy::GuardResult> got) { result = *std::move(got); });
      }
      editor.Apply(result);
    };
    for (size_t at = 0; at < stream.size();) {
      const size_t size = std::min(stream.size() - at, 1 + Below(400));
      EXPECT_TRUE(editor.Feed(std::string_view(stream).substr(at, size)).ok());
      at += size;
      guard();
      editor.Take(false, &out);
    }
    editor.Finish();
    guard();
    editor.Take(true, &out);
    EXPECT_TRUE(editor.empty());
    return out;
  }

  // What a client puts together, by field.
  static std::map<std::string, std::string> Together(const std::string& stream) {
    std::map<std::string, std::string> texts;
    SseParser parser(1 << 20);
    EXPECT_TRUE(parser
                    .Feed(stream,
                          [&](std::string_view data) {
                            if (data != "[DONE]") Take(json::parse(data), &texts);
                            return absl::OkStatus();
                          })
                    .ok());
    return texts;
  }

  static void Take(const json& event, std::map<std::string, std::string>* texts) {
    for (const json& choice : event["choices"]) {
      const std::string prefix = std::to_string(choice["index"].get<int>()) + ".";
      for (const char* name : {"content", "reasoning_content", "refusal"}) {
        if (choice["delta"].contains(name)) (*texts)[prefix + name + "-1"] += choice["delta"][name];
      }
      if (!choice["delta"].contains("tool_calls")) continue;
      for (const json& call : choice["delta"]["tool_calls"]) {
        (*texts)[prefix + "arguments" + std::to_string(call["index"].get<int>())] +=
            call["function"]["arguments"];
      }
    }
  }

  portcullis::testing::FakeClock clock_;
  policy::NullProbe probe_;
  policy::BundleSource bundles_;
  policy::Engine engine_;
  base::SystemRng rng_{20261121};
  std::vector<std::string> texts_;
  std::vector<std::string> arguments_;
};

TEST_F(StreamProperty, TenThousandSplitFieldsGiveWhatTheWholeGives) {
  ASSERT_GE(texts_.size(), 40u);
  ASSERT_GE(arguments_.size(), 5u);
  for (int fields_done = 0; fields_done < 10'000 && !HasFailure();) {
    const std::vector<Field> fields = RandomFields();
    const std::map<std::string, std::string> got = Together(Filter(RandomStream(fields)));
    for (const Field& field : fields) {
      const auto found = got.find(field.Key());
      const std::string text = found == got.end() ? "" : found->second;
      EXPECT_EQ(text, Whole(field)) << field.Key() << " of " << field.text;
      if (field.call >= 0) {
        EXPECT_EQ(json::accept(text), json::accept(field.text)) << text;
      }
      ++fields_done;
    }
  }
}

}  // namespace
}  // namespace portcullis::edge
