#include "apps/sim/fault.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace json = boost::json;
namespace {

constexpr int64_t kMaxNumber = 2147483647;
constexpr int64_t kMaxWaitMs = 3600 * 1000;

absl::StatusOr<int64_t> ParseNumber(std::string_view word, std::string_view text, int64_t max) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0 || number > max) {
    return absl::InvalidArgumentError(
        base::StrCat("fault \"", word, "\": needs a whole number from 0 to ", max));
  }
  return number;
}

bool SetFlag(std::string_view word, Fault& fault) {
  constexpr std::pair<std::string_view, bool Fault::*> kFlags[] = {
      {"reset", &Fault::reset},
      {"stall", &Fault::stall},
      {"context", &Fault::context},
      {"content-filter", &Fault::content_filter},
      {"malformed-json", &Fault::malformed_json},
      {"malformed-sse", &Fault::malformed_sse},
      {"empty", &Fault::empty},
      {"wrong-type", &Fault::wrong_type},
      {"refuse-usage", &Fault::refuse_usage},
      {"nodone", &Fault::nodone},
  };
  for (const auto& [name, member] : kFlags) {
    if (word != name) continue;
    fault.*member = true;
    return true;
  }
  return false;
}

bool SetStatus(std::string_view word, Fault& fault) {
  constexpr std::pair<std::string_view, int> kStatuses[] = {{"401", 401}, {"429", 429}, {"500", 500},
                                                            {"502", 502}, {"503", 503}, {"529", 529}};
  for (const auto& [name, status] : kStatuses) {
    if (word != name) continue;
    fault.status = status;
    return true;
  }
  return false;
}

absl::Status SetNumber(std::string_view word, Fault& fault) {
  const size_t equals = word.find('=');
  const std::string_view name = word.substr(0, equals);
  const bool wait = name == "delay" || name == "drip";
  const bool known = wait || name == "cut" || name == "close" || name == "retry-after" || name == "packet" ||
                     name == "chunk";
  if (equals == std::string_view::npos || !known) {
    return absl::InvalidArgumentError(base::StrCat("unknown fault \"", word, "\""));
  }
  ASSIGN_OR_RETURN(const int64_t number,
                   ParseNumber(word, word.substr(equals + 1), wait ? kMaxWaitMs : kMaxNumber));
  if (name == "delay") fault.delay = std::chrono::milliseconds(number);
  if (name == "drip") fault.drip = std::chrono::milliseconds(number);
  if (name == "cut") fault.cut = number;
  if (name == "close") fault.close = number;
  if (name == "retry-after") fault.retry_after = number;
  if (name == "packet") fault.packet = number;
  if (name == "chunk") fault.chunk = number;
  return absl::OkStatus();
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

size_t CountFaults(const auto& queues) {
  size_t count = 0;
  for (const auto& [model, queue] : queues) count += queue.faults.size();
  return count;
}

}  // namespace

bool Fault::IsFault() const {
  return delay.count() > 0 || drip.count() > 0 || cut || close || status != 0 || reset || stall || context ||
         content_filter || malformed_json || malformed_sse || empty || wrong_type || refuse_usage || nodone;
}

absl::StatusOr<Fault> ParseFault(std::string_view spec) {
  Fault fault;
  while (!spec.empty()) {
    const size_t end = spec.find(';');
    const std::string_view word = Trim(spec.substr(0, end));
    spec = end == std::string_view::npos ? std::string_view() : spec.substr(end + 1);
    if (word.empty() || word == "ok" || SetFlag(word, fault) || SetStatus(word, fault)) continue;
    RETURN_IF_ERROR(SetNumber(word, fault));
  }
  return fault;
}

absl::Status FaultScript::AddItem(const json::value& item, Queues& queues) {
  if (item.is_string()) {
    ASSIGN_OR_RETURN(Fault fault, ParseFault(item.get_string()));
    queues[""].faults.push_back(fault);
    return absl::OkStatus();
  }
  const json::object* object = item.if_object();
  if (object == nullptr) return absl::InvalidArgumentError("script: each item is a string or an object");
  const json::value* model = object->if_contains("model");
  const json::value* faults = object->if_contains("faults");
  const json::value* repeat = object->if_contains("repeat");
  const size_t known = (model != nullptr) + (faults != nullptr) + (repeat != nullptr);
  if (known != object->size() || faults == nullptr || !faults->is_array() ||
      (model != nullptr && !model->is_string()) || (repeat != nullptr && !repeat->is_bool())) {
    return absl::InvalidArgumentError(
        R"(script: an object has "faults" (a list of strings), and if wanted "model" (a string) and "repeat")");
  }
  Queue& queue = queues[model == nullptr ? std::string() : std::string(model->get_string())];
  queue.repeat = repeat != nullptr && repeat->get_bool();
  for (const json::value& spec : faults->get_array()) {
    if (!spec.is_string()) return absl::InvalidArgumentError("script: each fault is a string");
    ASSIGN_OR_RETURN(Fault fault, ParseFault(spec.get_string()));
    queue.faults.push_back(fault);
  }
  return absl::OkStatus();
}

absl::Status FaultScript::Set(const json::value& script) {
  if (!script.is_array()) return absl::InvalidArgumentError("script: needs a JSON array");
  Queues queues;
  for (const json::value& item : script.get_array()) {
    RETURN_IF_ERROR(AddItem(item, queues));
    if (CountFaults(queues) > kMaxFaults) {
      return absl::InvalidArgumentError(base::StrCat("script: more than ", kMaxFaults, " faults"));
    }
  }
  const std::lock_guard lock(mutex_);
  queues_ = std::move(queues);
  return absl::OkStatus();
}

void FaultScript::Clear() {
  const std::lock_guard lock(mutex_);
  queues_.clear();
}

std::optional<Fault> FaultScript::Take(Queue& queue) {
  if (queue.faults.empty()) return std::nullopt;
  const Fault fault = queue.faults.front();
  queue.faults.pop_front();
  if (queue.repeat) queue.faults.push_back(fault);
  return fault;
}

std::optional<Fault> FaultScript::Next(std::string_view model) {
  const std::lock_guard lock(mutex_);
  if (queues_.empty()) return std::nullopt;
  if (const auto own = queues_.find(model); own != queues_.end() && !model.empty()) {
    if (auto fault = Take(own->second)) return fault;
  }
  const auto common = queues_.find("");
  return common == queues_.end() ? std::nullopt : Take(common->second);
}

}  // namespace portcullis::sim
