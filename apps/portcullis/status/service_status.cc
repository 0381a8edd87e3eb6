#include "apps/portcullis/status/service_status.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

#include "apps/portcullis/targets/page_text.h"
#include "libs/base/strings.h"
#include "libs/tls/identity_files.h"

namespace portcullis::status {
namespace {

using Json = nlohmann::ordered_json;
using targets::Text;

// Prometheus' text exposition, read for a few series.
class Series {
 public:
  explicit Series(std::string text) : text_(std::move(text)) {}

  // The least value of a metric, over all its series.
  std::optional<double> Least(std::string_view name) const {
    std::optional<double> least;
    ForEach(name, [&](std::string_view, double value) { least = least ? std::min(*least, value) : value; });
    return least;
  }

  // A label of the series whose value is 1; "" = there is none.
  std::string LabelOf(std::string_view name, std::string_view label) const {
    std::string found;
    ForEach(name, [&](std::string_view labels, double value) {
      const std::string key = base::StrCat(label, "=\"");
      const size_t begin = labels.find(key);
      if (value != 1 || begin == labels.npos) return;
      const std::string_view rest = labels.substr(begin + key.size());
      found = rest.substr(0, rest.find('"'));
    });
    return found;
  }

 private:
  template <typename Use>
  void ForEach(std::string_view name, Use&& use) const {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const char next = line.size() > name.size() ? line[name.size()] : '\0';
      if (!line.starts_with(name) || (next != '{' && next != ' ')) continue;
      const size_t space = line.rfind(' ');
      double value = 0;
      if (std::from_chars(line.data() + space + 1, line.data() + line.size(), value).ec != std::errc())
        continue;
      use(line.substr(name.size(), space - name.size()), value);
    }
  }

  const std::string text_;
};

// The page as JSON; null when it is not there.
Json Page(const Ask& ask, const std::string& address, const std::string& path, int status = 200) {
  const auto answer = ask(address, path);
  if (!answer.ok() || answer->status != status) return nullptr;
  Json json = Json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : Json(nullptr);
}

void AddReadiness(const Ask& ask, const std::string& address, Json* status) {
  const Json ready = Page(ask, address, "/readyz");
  (*status)["state"] = ready.is_object() ? "ready" : "not_ready";
  (*status)["reasons"] = Json::array();
  if (ready.is_object()) return;
  const Json reasons = Page(ask, address, "/readyz", 503);
  if (reasons.is_object() && reasons.contains("reasons")) (*status)["reasons"] = reasons["reasons"];
}

void AddConfig(const Ask& ask, const std::string& address, Json* status) {
  const Json config = Page(ask, address, "/config");
  const auto about = config.find("x-portcullis");
  (*status)["config_version"] = about == config.end() ? "" : Text(*about, "version");
  (*status)["restart_needed"] = Json::array();
  if (about != config.end() && about->is_object() && about->contains("restart_needed")) {
    (*status)["restart_needed"] = (*about)["restart_needed"];
  }
  (*status)["log_level"] = Text(Page(ask, address, "/log-level"), "level");
}

void AddSeries(const Series& series, base::SystemTime now, Json* status) {
  (*status)["process"] = series.LabelOf("portcullis_build_info", "process");
  (*status)["version"] = series.LabelOf("portcullis_build_info", "version");
  if (const auto started = series.Least("process_start_time_seconds")) {
    const double seconds = std::chrono::duration<double>(now.time_since_epoch()).count();
    (*status)["up_seconds"] = std::max<int64_t>(0, static_cast<int64_t>(seconds - *started));
  }
  if (const auto records = series.Least("portcullis_audit_spool_records"))
    (*status)["spool_records"] = *records;
  if (const auto lag = series.Least("portcullis_audit_spool_oldest_seconds")) (*status)["lag_seconds"] = *lag;
  if (const auto expires = series.Least("portcullis_tls_certificate_expiry_timestamp_seconds")) {
    (*status)["certificate_expires"] =
        tls::TimeText(base::SystemTime(std::chrono::seconds(static_cast<int64_t>(*expires))));
  }
}

}  // namespace

Json ServiceStatus(const Ask& ask, const Place& place, base::SystemTime now) {
  const std::string& address = place.address;
  Json status = {{"address", address}, {"process", place.process}};
  const auto metrics = ask(address, "/metrics");
  if (!metrics.ok() || metrics->status != 200) {
    status["state"] = "away";
    status["reasons"] = Json::array();
    status["reasons"].push_back(metrics.ok() ? "what answers there is no admin port of Portcullis"
                                             : std::string(base::Message(metrics.status())));
    return status;
  }
  AddSeries(Series(metrics->body), now, &status);
  AddReadiness(ask, address, &status);
  AddConfig(ask, address, &status);
  if (Json targets = Page(ask, address, "/targets"); targets.is_object())
    status["targets"] = targets["targets"];
  if (Json head = Page(ask, address, "/audit/head"); head.is_object()) status["audit_head"] = std::move(head);
  return status;
}

}  // namespace portcullis::status
