#include "services/audit/domain/log_store.h"

namespace portcullis::audit {

crypto::Digest HashOfLeaf(crypto::MerkleHasher& hasher, const LeafId& id, std::string_view bytes) {
  char sequence[8];
  for (int i = 0; i < 8; ++i) sequence[i] = static_cast<char>(id.sequence >> (8 * i));
  return hasher.Leaf({id.spool, {sequence, sizeof(sequence)}, bytes});
}

}  // namespace portcullis::audit
