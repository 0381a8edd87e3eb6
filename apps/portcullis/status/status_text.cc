#include "apps/portcullis/status/status_text.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "apps/portcullis/targets/page_text.h"
#include "libs/base/clock.h"
#include "libs/base/strings.h"
#include "libs/tls/identity_files.h"

namespace portcullis::status {
namespace {

using Json = nlohmann::ordered_json;
using targets::Fixed;
using targets::Flag;
using targets::Number;
using targets::Row;
using targets::Text;

std::string Span(double seconds) {
  if (seconds < 120) return Fixed(seconds, "%.0fs");
  if (seconds < 7200) return Fixed(seconds / 60, "%.0fm");
  if (seconds < 172800) return Fixed(seconds / 3600, "%.0fh");
  return Fixed(seconds / 86400, "%.0fd");
}

std::string OrDash(std::string text) { return text.empty() ? "-" : text; }

Row ToRow(const Json& service) {
  const auto number = [&](const char* key, const char* format) {
    return service.contains(key) ? Fixed(Number(service, key), format) : std::string("-");
  };
  return {OrDash(Text(service, "process")),
          Text(service, "address"),
          Text(service, "state"),
          OrDash(Text(service, "version")),
          OrDash(Text(service, "config_version")),
          service.contains("up_seconds") ? Span(Number(service, "up_seconds")) : "-",
          number("spool_records", "%.0f"),
          number("lag_seconds", "%.1fs"),
          OrDash(Text(service, "certificate_expires"))};
}

// "" when the target is at its best.
std::string Trouble(const Json& target) {
  std::string trouble;
  const auto add = [&](const std::string& text) { trouble += (trouble.empty() ? "" : ", ") + text; };
  if (!Flag(target, "available")) add("no key");
  if (Flag(target, "drained")) add("drained");
  if (!Flag(target, "healthy")) add("unhealthy");
  if (Text(target, "circuit") != "closed") add("circuit " + Text(target, "circuit"));
  if (const double cooling = Number(target, "keys_cooling"); cooling > 0) {
    add(Fixed(cooling, "%.0f of its ") + Fixed(Number(target, "keys"), "%.0f keys left alone"));
  }
  if (!trouble.empty() && !Text(target, "last_error").empty())
    trouble += " (" + Text(target, "last_error") + ")";
  return trouble;
}

std::string TargetLines(const Json& targets) {
  std::string lines;
  size_t well = 0;
  for (const Json& target : targets) {
    const std::string trouble = Trouble(target);
    if (trouble.empty()) ++well;
    if (!trouble.empty()) lines += base::StrCat("  ", Text(target, "id"), ": ", trouble, "\n");
  }
  return base::StrCat("targets: ", well, " of ", targets.size(), " at their best\n", lines);
}

std::string HeadLine(const Json& head) {
  const base::SystemTime time(std::chrono::microseconds(static_cast<int64_t>(Number(head, "time_us"))));
  return base::StrCat("audit log: ", Fixed(Number(head, "size"), "%.0f leaves"), ", signed ",
                      tls::TimeText(time), ", root ", Text(head, "root").substr(0, 16), "\n");
}

}  // namespace

std::string StatusText(const Json& suite) {
  std::vector<Row> rows = {
      {"PROCESS", "ADDRESS", "STATE", "VERSION", "CONFIG", "UP", "SPOOL", "LAG", "CERTIFICATE UNTIL"}};
  std::string reasons;
  std::string more;
  for (const Json& service : suite["services"]) {
    rows.push_back(ToRow(service));
    const std::string name =
        Text(service, "process").empty() ? Text(service, "address") : Text(service, "process");
    for (const Json& reason : service["reasons"]) {
      reasons +=
          base::StrCat(name, ": ", reason.is_string() ? reason.get<std::string>() : reason.dump(), "\n");
    }
    if (service.contains("targets") && service["targets"].is_array()) more += TargetLines(service["targets"]);
    if (service.contains("audit_head")) more += HeadLine(service["audit_head"]);
  }
  for (const Json& note : suite["notes"]) reasons += base::StrCat("note: ", note.get<std::string>(), "\n");
  return targets::Table(rows) + reasons + more;
}

}  // namespace portcullis::status
