#include "services/audit/adapters/store/sql/content_table.h"

#include <optional>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/crypto/seal.h"
#include "services/audit/api/content.h"

namespace portcullis::audit::sql {
namespace {

constexpr size_t kSecretBytes = 32;

}  // namespace

absl::Status ContentWriter::Prepare() {
  ASSIGN_OR_RETURN(find_subject_, database_.Prepare("SELECT number, secret FROM subjects WHERE tag = ?"));
  ASSIGN_OR_RETURN(add_subject_,
                   database_.Prepare("INSERT INTO subjects(tag, secret) VALUES(?, ?) RETURNING number"));
  ASSIGN_OR_RETURN(add_, database_.Prepare("INSERT INTO contents(leaf, subject, key_id, sealed, body) "
                                           "VALUES(?, ?, ?, ?, ?)"));
  ASSIGN_OR_RETURN(any_,
                   database_.Prepare("SELECT count(*) FROM (SELECT 1 FROM contents LIMIT 1) AS any_content"));
  ASSIGN_OR_RETURN(remove_, database_.Prepare("DELETE FROM contents WHERE leaf = ? RETURNING subject"));
  ASSIGN_OR_RETURN(remove_subject_,
                   database_.Prepare("DELETE FROM subjects WHERE number = ?1 "
                                     "AND NOT EXISTS (SELECT 1 FROM contents WHERE subject = ?1)"));
  return absl::OkStatus();
}

absl::Status ContentWriter::Add(int64_t leaf, std::string_view content) {
  absl::StatusOr<ContentEnvelope> envelope = UnpackEnvelope(content);
  if (!envelope.ok()) return absl::OkStatus();
  int64_t subject = 0;
  std::string sealed;
  if (!envelope->subject.empty()) {
    std::string secret;
    ASSIGN_OR_RETURN(subject, FindOrAddSubject(envelope->subject, &secret));
    const std::optional<crypto::SealKey> key = crypto::KeyOf(secret);
    if (!key) return absl::DataLossError("audit database: the key of a subject is damaged");
    sealed = crypto::Seal(*key, envelope->key, std::to_string(leaf));
  }
  return add_.Bind(1, leaf)
      .Bind(2, subject)
      .Bind(3, envelope->key_id)
      .BindBlob(4, sealed)
      .BindBlob(5, envelope->body)
      .Run();
}

absl::StatusOr<int64_t> ContentWriter::FindOrAddSubject(std::string_view tag, std::string* key) {
  const absl::StatusOr<bool> found = find_subject_.BindBlob(1, tag).Step();
  int64_t number = 0;
  if (found.ok() && *found) {
    number = find_subject_.Number(0);
    *key = find_subject_.Bytes(1);
  }
  find_subject_.Reset();
  RETURN_IF_ERROR(found.status());
  if (number != 0) return number;
  *key = crypto::RandomBytes(kSecretBytes);
  return add_subject_.BindBlob(1, tag).BindBlob(2, *key).RunForNumber();
}

absl::StatusOr<bool> ContentWriter::Any() {
  ASSIGN_OR_RETURN(const int64_t any, any_.RunForNumber());
  return any > 0;
}

absl::Status ContentWriter::Remove(int64_t leaf, uint64_t* contents, uint64_t* keys) {
  const absl::StatusOr<bool> removed = remove_.Bind(1, leaf).Step();
  const int64_t subject = removed.ok() && *removed ? remove_.Number(0) : 0;
  remove_.Reset();
  RETURN_IF_ERROR(removed.status());
  if (!*removed) return absl::OkStatus();
  ++*contents;
  if (subject == 0) return absl::OkStatus();
  RETURN_IF_ERROR(remove_subject_.Bind(1, subject).Run());
  *keys += static_cast<uint64_t>(database_.changes());
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadContent(int64_t leaf, const Statement& row) {
  ContentEnvelope envelope;
  envelope.subject = row.Bytes(0);
  envelope.key_id = row.Bytes(2);
  envelope.body = row.Bytes(4);
  if (envelope.subject.empty()) return Pack(envelope);
  const std::optional<crypto::SealKey> secret = crypto::KeyOf(row.View(1));
  std::optional<std::string> key;
  if (secret) key = crypto::Unseal(*secret, row.View(3), std::to_string(leaf));
  if (!key) return absl::DataLossError("audit database: the key of a subject does not open its content");
  envelope.key = *std::move(key);
  return Pack(envelope);
}

}  // namespace portcullis::audit::sql
