// The tables of captured content and of the keys of its subjects, written: over one connection, all within a
// transaction. Not thread-safe.
//
//   subjects  a random key for each subject (SubjectOf) whose content is there; it goes with the last of it
//   contents  by leaf: what opens the body, sealed under the subject's key; and the body
// Content in the clear has subject 0.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/audit/adapters/store/sql/database.h"

namespace portcullis::audit::sql {

class ContentWriter {
 public:
  // `database` must outlive it.
  explicit ContentWriter(Database& database) : database_(database) {}

  absl::Status Prepare();

  // Keeps the content of a leaf that is new. One that cannot be read is not kept: its record says what is
  // missing.
  absl::Status Add(int64_t leaf, std::string_view content);

  // Whether there is any content at all.
  absl::StatusOr<bool> Any();

  // Removes the content of a leaf, and the key of its subject if that was the last of it. Which of the two
  // went is added to the numbers.
  absl::Status Remove(int64_t leaf, uint64_t* contents, uint64_t* keys);

 private:
  absl::StatusOr<int64_t> FindOrAddSubject(std::string_view tag, std::string* key);

  Database& database_;
  Statement find_subject_, add_subject_, add_, any_, remove_, remove_subject_;
};

// Removed content is found by leaf; what is left of a record is its leaves' content. The SQL of a reader:
// columns tag and key of the subject, key id, key and body of a leaf.
inline constexpr std::string_view kSelectContent =
    "SELECT subjects.tag, subjects.secret, contents.key_id, contents.sealed, contents.body FROM contents "
    "LEFT JOIN subjects ON subjects.number = contents.subject WHERE contents.leaf = ?";

// What the reader made of a row of kSelectContent: a packed ContentEnvelope. DATA_LOSS: the subject's key
// does not fit.
absl::StatusOr<std::string> ReadContent(int64_t leaf, const Statement& row);

}  // namespace portcullis::audit::sql
