#include "apps/portcullis/events/stats_text.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "libs/base/strings.h"

namespace portcullis::events {
namespace {

using Json = nlohmann::ordered_json;
using Row = std::vector<std::string>;

Json GroupJson(const audit::StatsGroup& group, const std::vector<std::string>& by) {
  Json json = Json::object();
  for (size_t i = 0; i < std::min(by.size(), group.values.size()); ++i) json[by[i]] = group.values[i];
  json["records"] = group.records;
  json["prompt_tokens"] = group.prompt_tokens;
  json["completion_tokens"] = group.completion_tokens;
  json["cost_usd"] = group.cost_usd;
  json["cost_unknown"] = group.cost_unknown;
  json["p50_us"] = group.p50_us;
  json["p95_us"] = group.p95_us;
  return json;
}

std::string Fixed(double number, int digits) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.*f", digits, number);
  return text;
}

std::string Clean(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.empty() ? "-" : text;
}

Row FiguresOf(const audit::StatsGroup& group) {
  return {std::to_string(group.records),
          std::to_string(group.prompt_tokens),
          std::to_string(group.completion_tokens),
          Fixed(group.cost_usd, 6),
          std::to_string(group.cost_unknown),
          Fixed(static_cast<double>(group.p50_us) / 1000, 3),
          Fixed(static_cast<double>(group.p95_us) / 1000, 3)};
}

// Values to the left, figures to the right of their columns.
std::string Lines(const std::vector<Row>& rows, size_t values) {
  std::vector<size_t> widths(rows[0].size());
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - row[i].size(), ' ');
      text += (i == 0 ? "" : "  ") + (i < values ? row[i] + space : space + row[i]);
    }
    text += "\n";
  }
  return text;
}

}  // namespace

std::string StatsJson(const audit::Stats& stats, const std::vector<std::string>& by, uint64_t pending) {
  Json groups = Json::array();
  for (const audit::StatsGroup& group : stats.groups) groups.push_back(GroupJson(group, by));
  const Json json = {{"by", by},
                     {"groups", groups},
                     {"groups_found", stats.groups_found},
                     {"total", GroupJson(stats.total, {})},
                     {"records_in_spools", pending}};
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string StatsTable(const audit::Stats& stats, const std::vector<std::string>& by, uint64_t pending) {
  Row header;
  for (std::string name : by) {
    for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    header.push_back(std::move(name));
  }
  for (const char* name :
       {"RECORDS", "PROMPT_TOKENS", "COMPLETION_TOKENS", "COST_USD", "COST_UNKNOWN", "P50_MS", "P95_MS"}) {
    header.emplace_back(name);
  }
  std::vector<Row> rows = {std::move(header)};
  const auto add = [&rows](Row row, const audit::StatsGroup& group) {
    for (std::string& figure : FiguresOf(group)) row.push_back(std::move(figure));
    rows.push_back(std::move(row));
  };
  if (!by.empty()) {
    for (const audit::StatsGroup& group : stats.groups) {
      Row row;
      for (const std::string& value : group.values) row.push_back(Clean(value));
      add(std::move(row), group);
    }
  }
  Row total(by.size());
  if (!by.empty()) total[0] = "(all)";
  add(std::move(total), stats.total);
  std::string text = Lines(rows, by.size());
  if (!by.empty() && stats.groups_found > stats.groups.size()) {
    text += base::StrCat(stats.groups_found - stats.groups.size(), " more groups\n");
  }
  if (pending > 0) text += base::StrCat("not counted: ", pending, " records that still lie in spools\n");
  return text;
}

}  // namespace portcullis::events
