#include "services/audit/domain/head_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>

#include "libs/crypto/hex.h"

namespace portcullis::audit {
namespace {

using Json = nlohmann::ordered_json;

using crypto::FromHex;
using crypto::ToHex;

Json ToJson(const LogHead& head) {
  return {{"log_id", head.log_id},   {"size", head.size},     {"root", ToHex(head.root)},
          {"time_us", head.time_us}, {"key_id", head.key_id}, {"signature", ToHex(head.signature)}};
}

Json ToJson(std::span<const crypto::Digest> path) {
  Json steps = Json::array();
  for (const crypto::Digest& step : path) steps.push_back(ToHex(step));
  return steps;
}

bool ReadHead(const Json& json, LogHead* head) {
  try {
    head->log_id = json.at("log_id").get<std::string>();
    head->size = json.at("size").get<uint64_t>();
    head->time_us = json.at("time_us").get<int64_t>();
    head->key_id = json.at("key_id").get<std::string>();
    return FromHex(json.at("root").get<std::string>(), head->root) &&
           FromHex(json.at("signature").get<std::string>(), head->signature);
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

std::string HeadJson(const LogHead& head) { return ToJson(head).dump(2) + "\n"; }

std::string HeadJsonLine(const LogHead& head) { return ToJson(head).dump() + "\n"; }

absl::StatusOr<std::vector<LogHead>> ParseHeads(std::string_view text) {
  std::vector<LogHead> heads;
  if (const Json one = Json::parse(text, nullptr, false); !one.is_discarded()) {
    if (ReadHead(one, &heads.emplace_back())) return heads;
    heads.clear();
    text = {};
  }
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const Json line = Json::parse(text.substr(at, end - at), nullptr, false);
    if (line.is_discarded() || !ReadHead(line, &heads.emplace_back())) {
      heads.clear();
      break;
    }
    at = end + 1;
  }
  if (!heads.empty()) return heads;
  return absl::InvalidArgumentError(
      "not a head: `portcullis audit head` and audit.anchor_file write such files");
}

std::string ProofJson(const InclusionProof& proof) {
  const Json json = {{"receipt", ReceiptText(proof.receipt)},
                     {"leaf_index", proof.index},
                     {"inclusion_path", ToJson(proof.path)},
                     {"head", ToJson(proof.head)}};
  return json.dump(2) + "\n";
}

std::string ProofJson(const ConsistencyProof& proof) {
  const Json json = {{"first_size", proof.first_size},
                     {"first_root", ToHex(proof.first_root)},
                     {"consistency_path", ToJson(proof.path)},
                     {"head", ToJson(proof.head)}};
  return json.dump(2) + "\n";
}

}  // namespace portcullis::audit
