#include "apps/portcullis/status/status_command.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "apps/portcullis/status/status_text.h"
#include "libs/base/strings.h"

namespace portcullis::status {
namespace {

using Json = nlohmann::ordered_json;

// A note when processes that should agree do not.
void NoteDifference(const Json& services, const char* key, std::string_view what, Json* notes) {
  std::set<std::string> values;
  for (const Json& service : services) {
    const std::string value = service.value(key, "");
    if (!value.empty()) values.insert(value);
  }
  if (values.size() < 2) return;
  std::string all;
  for (const std::string& value : values) all += (all.empty() ? "" : ", ") + value;
  notes->push_back(base::StrCat("the processes run different ", what, ": ", all));
}

Json NotesOf(const Json& services) {
  Json notes = Json::array();
  NoteDifference(services, "version", "versions", &notes);
  NoteDifference(services, "config_version", "configurations (a flag of one counts too)", &notes);
  for (const Json& service : services) {
    const Json waiting = service.value("restart_needed", Json::array());
    if (waiting.empty()) continue;
    notes.push_back(base::StrCat(service.value("process", ""), ": ", waiting.size(),
                                 " changed setting(s) wait for a restart: ", waiting.dump()));
  }
  return notes;
}

}  // namespace

bool RunStatus(const Ask& ask, const StatusOptions& options, base::SystemTime now, std::ostream& out) {
  Json services = Json::array();
  bool ready = !options.places.empty();
  for (const Place& place : options.places) {
    services.push_back(ServiceStatus(ask, place, now));
    ready = ready && services.back()["state"] == "ready";
    if (!options.all && services.back().value("process", "") == "gateway") break;
  }
  const Json suite = {{"ready", ready}, {"notes", NotesOf(services)}, {"services", services}};
  out << (options.json ? suite.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
                       : StatusText(suite));
  return ready;
}

}  // namespace portcullis::status
