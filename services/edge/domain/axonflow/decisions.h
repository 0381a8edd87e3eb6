// AxonFlow's decision point: verdicts of the policies on a text, without a model being asked. POST
// /api/v1/decide, /api/v1/mcp/check-input and check-output (the text with its redactions), and AuthZEN's
// evaluation.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/json/tape.h"
#include "services/audit/api/record.h"
#include "services/edge/domain/axonflow/bodies.h"

namespace portcullis::edge {

enum class DecisionKind : uint8_t { kAllow, kDeny, kNeedsApproval };

// What the policies said of a text.
struct PolicyVerdict {
  DecisionKind kind = DecisionKind::kAllow;
  std::string message;  // for the client, unless allowed
  std::string body;     // that was examined (chat_body.h), with its redactions, when allowed
  audit::Record record;
};

// Allowed with redactions.
bool IsRedacted(const PolicyVerdict& verdict);

struct DecisionFacts {
  const std::vector<std::string>& checks;  // the policies of the chain
  std::string stage;
  int64_t expires_at_us = 0;
};

// An allowance with redactions carries the obligation to fetch the redacted text from check-input.
std::string DecideAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict);

// {"verdict":"deny","error":...} with the members that clients expect.
std::string DecideRefusal(std::string_view message);

std::string CheckInputAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict);

// `output`: as the client gave it.
std::string CheckOutputAnswer(const DecisionFacts& facts, const PolicyVerdict& verdict,
                              const CheckOutputBody& output);

// ---- AuthZEN 1.0 (POST /api/v1/access/evaluation), with AxonFlow's profile for those who ask for it.

inline constexpr std::string_view kAuthZenProfileHeader = "x-axonflow-authzen-profile";
inline constexpr std::string_view kAuthZenProfile = "axonflow-authzen-profile-2026-08-29";

// Why a request is not evaluated: no decision then.
struct AuthZenRefusal {
  std::string code;     // "malformed_envelope", ...
  std::string pointer;  // JSON pointer of the member at fault; "" = none
  std::string message;
};

std::string AuthZenRefusalBody(const AuthZenRefusal& refusal, std::string_view request_id);

// The texts on which the decision depends, each once. The envelope is {"evaluation": ...}, {"evaluations":
// ...} or a bare AuthZEN request. Attributes that the policies cannot weigh are refused, not ignored.
std::optional<AuthZenRefusal> ReadAuthZenBody(std::string_view body, const json::Limits& limits,
                                              std::vector<std::string>* queries);

// The least permissive of the verdicts, of which there is one at least. `profile`: with its context.
std::string AuthZenAnswer(const std::vector<PolicyVerdict>& verdicts, bool profile);

}  // namespace portcullis::edge
