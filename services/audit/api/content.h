// Captured content: the text of a request or an answer, kept beside a leaf of its record
// (policy.audit-logger.content).
//
// The leaf holds a commitment alone: SHA-256 over 32 random bytes, the salt, and the text. Salt and text lie
// beside the leaf, so that they can go while the log still verifies; what is left then says nothing of the
// text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/audit/api/record.h"

namespace portcullis::audit {

inline constexpr size_t kSaltBytes = 32;

inline constexpr char kInputPart[] = "input", kOutputPart[] = "output";
inline constexpr char kRedactedForm[] = "redacted", kEncryptedForm[] = "encrypted";

// What is captured.
struct CaptureRules {
  bool input = false;      // requests
  bool output = false;     // answers
  bool encrypted = false;  // form: "encrypted", else "redacted"
  uint32_t max_bytes = 0;  // of one text; what is beyond is left out
};

// A text as it is kept.
struct ContentText {
  std::string part;  // kInputPart, kOutputPart
  std::string text;
  bool truncated = false;
  std::string salt;  // kSaltBytes
};

// What travels beside a leaf, and lies in the store. The bytes of a packed one are a Leaf's `content`.
struct ContentEnvelope {
  std::string subject;  // whose key seals `key` in the store, kSubjectBytes; "" = `body` lies in the clear
  std::string key_id;   // of the master key
  std::string key;      // random bytes that, with the master key, make the key of `body`
  std::string body;     // packed texts, sealed if there is a subject
  bool operator==(const ContentEnvelope&) const = default;
};
inline constexpr size_t kSubjectBytes = 32;

// Whose content it is: the end user of a tenant, else the caller. Equal for equal names; the names are not in
// it.
std::string SubjectOf(const Record& record);

// What the record of a leaf says of a text beside it.
ContentCommitment CommitmentTo(const ContentText& text, std::string_view form);

// Whether it is the text that the record had.
bool Fits(const ContentText& text, const ContentCommitment& commitment);

std::string Pack(const ContentEnvelope& envelope);
std::string Pack(const std::vector<ContentText>& texts);

// INVALID_ARGUMENT: bytes that Pack did not make.
absl::StatusOr<ContentEnvelope> UnpackEnvelope(std::string_view bytes);
absl::StatusOr<std::vector<ContentText>> UnpackTexts(std::string_view bytes);

}  // namespace portcullis::audit
