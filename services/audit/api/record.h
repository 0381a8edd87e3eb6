// The audit record: one logical record per request, written as leaves.
//
// An intent leaf is written before the upstream is called, an outcome leaf before the last byte of the answer
// leaves, and an amendment if the client or the upstream broke off after that. A request that was refused
// before the upstream leaves an outcome leaf alone. All leaves of a request carry the same `request_id`; the
// outcome names its intent by leaf id. No field ever holds request or response text; where that is captured
// (content.h), a commitment to it stands here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace portcullis::audit {

enum class LeafKind : uint8_t { kIntent = 1, kOutcome = 2, kAmendment = 3 };

// Outcome of a request that ended with its process: written afterwards by whoever found its intent alone. Any
// other outcome is laid over it (services/audit/domain/merge.h).
inline constexpr std::string_view kInterrupted = "interrupted";

// What operators do and read is a record too: so begins its reason code ("operator.erase"), and so the
// principal
// ("operator:anna") of whoever does it by their login name.
inline constexpr std::string_view kOperatorReason = "operator.";
inline constexpr std::string_view kOperatorPrincipal = "operator:";

// Where a leaf was written. Unique for ever: spool ids are random and never used twice.
struct LeafId {
  std::string spool;      // 16 lower-case hex digits
  uint64_t sequence = 0;  // from 1, without gaps
  bool operator==(const LeafId&) const = default;
};

struct PolicyFinding {
  std::string policy;
  std::string rule;
  std::string action;     // "allow", "redact", "escalate", "block"
  std::string direction;  // "input", "output"
  std::string reason;
  std::string path;  // "messages[1].content", "choices[0].delta.content"
  double score = 0;
  uint32_t begin = 0;
  uint32_t end = 0;
};

struct AttemptRecord {
  std::string target;
  std::string model;
  std::string outcome;
  int http_status = 0;
  uint64_t latency_us = 0;
};

// What a record says of a text that was captured beside one of its leaves.
struct ContentCommitment {
  std::string part;        // "input", "output"
  std::string form;        // "redacted", "encrypted"
  std::string sha256;      // over salt and text, hex
  uint64_t bytes = 0;      // of the text
  bool truncated = false;  // there was more of it
  bool operator==(const ContentCommitment&) const = default;
};

struct Record {
  LeafKind kind = LeafKind::kOutcome;
  std::string request_id;
  std::optional<LeafId>
      intent;              // in outcomes and amendments; an amendment of a lone outcome names that outcome
  int64_t time_us = 0;     // UTC, microseconds since 1970: when the leaf was written
  int64_t started_us = 0;  // when the request arrived

  // who
  std::string tenant;
  std::string principal;
  std::string user;
  std::string client_address;  // without port
  std::string traceparent;

  // what
  std::string endpoint;  // "/v1/chat/completions"
  std::string method;
  std::string model;  // as asked
  bool stream = false;
  std::string target;
  std::string provider;
  std::string upstream_model;
  std::string variant;     // of the experiment that the caller takes part in
  std::string context_id;  // of a reported call: the request id of its pre-check
  std::vector<AttemptRecord> attempts;

  // how it went
  std::string verdict;      // "allow", "redact", "escalate", "block", "error"
  std::string policy;       // that decided, for block and escalate
  std::string reason_code;  // "all_policies_passed", "pii.detected", "invalid_json", "client_departed", ...
  std::string outcome;      // "ok", "blocked", "rejected", "upstream_failed", "cancelled", "interrupted"
  int http_status = 0;
  std::string finish_reason;
  std::vector<PolicyFinding> findings;

  // how much
  uint64_t prompt_tokens = 0;
  uint64_t completion_tokens = 0;
  bool tokens_estimated = false;
  std::optional<double> cost_usd;  // nullopt = unknown
  uint64_t request_bytes = 0;
  uint64_t response_bytes = 0;

  // proof
  std::string request_sha256;   // of the body as received, hex
  std::string response_sha256;  // of the body as sent, hex; for streams of the events sent
  std::string bundle;           // policy bundle
  std::string config_version;
  std::vector<ContentCommitment> contents;

  // when, in microseconds since the request arrived; 0 = did not happen
  uint64_t policy_us = 0;
  uint64_t first_byte_us = 0;
  uint64_t total_us = 0;
  uint64_t overhead_us = 0;
};

}  // namespace portcullis::audit
