#include "services/audit/api/content.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/crypto/sha256.h"

namespace portcullis::audit {
namespace {

constexpr size_t kLengthBytes = 4;

// A string is written as its length, little-endian, and its bytes.
void Put(std::string_view bytes, std::string* out) {
  for (size_t i = 0; i < kLengthBytes; ++i) *out += static_cast<char>(bytes.size() >> (8 * i));
  out->append(bytes);
}

absl::Status Take(std::string_view* in, std::string* bytes) {
  size_t length = 0;
  for (size_t i = 0; i < kLengthBytes && i < in->size(); ++i) {
    length |= static_cast<size_t>(static_cast<unsigned char>((*in)[i])) << (8 * i);
  }
  if (in->size() < kLengthBytes || in->size() - kLengthBytes < length) {
    return absl::InvalidArgumentError("bytes that are no captured content");
  }
  *bytes = in->substr(kLengthBytes, length);
  in->remove_prefix(kLengthBytes + length);
  return absl::OkStatus();
}

std::string Digest(const ContentText& text) {
  return crypto::Hex(crypto::Sha256Of(base::StrCat(text.salt, text.text)));
}

}  // namespace

std::string SubjectOf(const Record& record) {
  const bool user = !record.user.empty();
  std::string names(user ? "user" : "principal");
  Put(record.tenant, &names);
  Put(user ? record.user : record.principal, &names);
  const crypto::Digest digest = crypto::Sha256Of(names);
  return {digest.begin(), digest.end()};
}

ContentCommitment CommitmentTo(const ContentText& text, std::string_view form) {
  return {text.part, std::string(form), Digest(text), text.text.size(), text.truncated};
}

bool Fits(const ContentText& text, const ContentCommitment& commitment) {
  return CommitmentTo(text, commitment.form) == commitment;
}

std::string Pack(const ContentEnvelope& envelope) {
  std::string bytes;
  for (const std::string* field : {&envelope.subject, &envelope.key_id, &envelope.key, &envelope.body})
    Put(*field, &bytes);
  return bytes;
}

std::string Pack(const std::vector<ContentText>& texts) {
  std::string bytes;
  for (const ContentText& text : texts) {
    Put(text.part, &bytes);
    Put(text.truncated ? "truncated" : "", &bytes);
    Put(text.salt, &bytes);
    Put(text.text, &bytes);
  }
  return bytes;
}

absl::StatusOr<ContentEnvelope> UnpackEnvelope(std::string_view bytes) {
  ContentEnvelope envelope;
  for (std::string* field : {&envelope.subject, &envelope.key_id, &envelope.key, &envelope.body})
    RETURN_IF_ERROR(Take(&bytes, field));
  const bool whole = bytes.empty() && (envelope.subject.empty() || envelope.subject.size() == kSubjectBytes);
  if (!whole) return absl::InvalidArgumentError("bytes that are no captured content");
  return envelope;
}

absl::StatusOr<std::vector<ContentText>> UnpackTexts(std::string_view bytes) {
  std::vector<ContentText> texts;
  while (!bytes.empty()) {
    ContentText& text = texts.emplace_back();
    std::string truncated;
    for (std::string* field : {&text.part, &truncated, &text.salt, &text.text})
      RETURN_IF_ERROR(Take(&bytes, field));
    text.truncated = !truncated.empty();
  }
  return texts;
}

}  // namespace portcullis::audit
