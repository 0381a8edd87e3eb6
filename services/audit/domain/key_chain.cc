#include "services/audit/domain/key_chain.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/hex.h"

namespace portcullis::audit {
namespace {

using Json = nlohmann::ordered_json;

std::string LinkText(const KeyLink& link, const std::string& old_id) {
  return base::StrCat("portcullis-audit-key-v1\n", link.log_id, "\n", old_id, "\n", link.time_us, "\n",
                      link.new_key);
}

bool ReadLink(const Json& json, KeyLink* link) {
  try {
    link->log_id = json.at("log_id").get<std::string>();
    link->old_key = json.at("old_key").get<std::string>();
    link->new_key = json.at("new_key").get<std::string>();
    link->time_us = json.at("time_us").get<int64_t>();
    return crypto::FromHex(json.at("signature").get<std::string>(), link->signature);
  } catch (const nlohmann::json::exception&) {
    return false;
  }
}

}  // namespace

KeyLink NewKeyLink(const std::string& log_id, const crypto::SigningKey& old_key,
                   const crypto::VerifyingKey& new_key, int64_t time_us) {
  KeyLink link = {log_id, old_key.verifying_key().Pem(), new_key.Pem(), time_us, {}};
  link.signature = old_key.Sign(LinkText(link, old_key.verifying_key().id()));
  return link;
}

std::string KeyLinkLine(const KeyLink& link) {
  const Json json = {{"log_id", link.log_id},
                     {"old_key", link.old_key},
                     {"new_key", link.new_key},
                     {"time_us", link.time_us},
                     {"signature", crypto::ToHex(link.signature)}};
  return json.dump() + "\n";
}

absl::StatusOr<std::vector<KeyLink>> ParseKeyLinks(std::string_view text) {
  std::vector<KeyLink> links;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const Json json = Json::parse(text.substr(at, end - at), nullptr, false);
    if (json.is_discarded() || !ReadLink(json, &links.emplace_back())) {
      return absl::InvalidArgumentError(base::StrCat("line ", links.size(),
                                                     " is no link between two keys: `portcullis "
                                                     "audit rotate-key` writes such files"));
    }
    at = end + 1;
  }
  return links;
}

absl::StatusOr<std::vector<crypto::VerifyingKey>> FollowKeyLinks(const std::string& log_id,
                                                                 std::vector<crypto::VerifyingKey> trusted,
                                                                 const std::vector<KeyLink>& links) {
  for (const KeyLink& link : links) {
    ASSIGN_OR_RETURN(const crypto::VerifyingKey old_key, crypto::VerifyingKey::FromPem(link.old_key));
    const auto is = [](const crypto::VerifyingKey& key) {
      return [&key](const crypto::VerifyingKey& other) { return other.id() == key.id(); };
    };
    const auto known = std::find_if(trusted.begin(), trusted.end(), is(old_key));
    if (known == trusted.end()) continue;
    if (link.log_id != log_id) return absl::InvalidArgumentError("a link between two keys is of another log");
    if (!known->Verify(LinkText(link, known->id()), link.signature)) {
      return absl::InvalidArgumentError(
          base::StrCat("the link from key ", known->id(), " to the next one has a false signature"));
    }
    ASSIGN_OR_RETURN(crypto::VerifyingKey new_key, crypto::VerifyingKey::FromPem(link.new_key));
    if (std::none_of(trusted.begin(), trusted.end(), is(new_key))) trusted.push_back(std::move(new_key));
  }
  return trusted;
}

}  // namespace portcullis::audit
