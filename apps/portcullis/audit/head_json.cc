#include "apps/portcullis/audit/head_json.h"

#include <cstring>
#include <nlohmann/json.hpp>

#include "libs/crypto/hex.h"

namespace portcullis::audit_cli {
namespace {

using Json = nlohmann::ordered_json;

using crypto::FromHex;
using crypto::ToHex;

Json ToJson(const audit::LogHead& head) {
  return {{"log_id", head.log_id},   {"size", head.size},     {"root", ToHex(head.root)},
          {"time_us", head.time_us}, {"key_id", head.key_id}, {"signature", ToHex(head.signature)}};
}

}  // namespace

std::string HeadJson(const audit::LogHead& head, int indent) { return ToJson(head).dump(indent + 2) + "\n"; }

absl::StatusOr<audit::LogHead> ParseHeadJson(std::string_view text) {
  const Json json = Json::parse(text, nullptr, false);
  audit::LogHead head;
  try {
    head.log_id = json.at("log_id").get<std::string>();
    head.size = json.at("size").get<uint64_t>();
    head.time_us = json.at("time_us").get<int64_t>();
    head.key_id = json.at("key_id").get<std::string>();
    if (FromHex(json.at("root").get<std::string>(), head.root) &&
        FromHex(json.at("signature").get<std::string>(), head.signature)) {
      return head;
    }
  } catch (const nlohmann::json::exception&) {
    // Told below.
  }
  return absl::InvalidArgumentError("not a head: `portcullis audit head` writes such files");
}

std::string ProofJson(const audit::Receipt& receipt, uint64_t index, std::span<const crypto::Digest> path,
                      const audit::LogHead& head) {
  Json steps = Json::array();
  for (const crypto::Digest& step : path) steps.push_back(ToHex(step));
  const Json proof = {{"receipt", audit::ReceiptText(receipt)},
                      {"leaf_index", index},
                      {"inclusion_path", steps},
                      {"head", ToJson(head)}};
  return proof.dump(2) + "\n";
}

}  // namespace portcullis::audit_cli
