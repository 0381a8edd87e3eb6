#include "services/audit/domain/tile_tree.h"

#include <algorithm>
#include <cstring>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit {

using crypto::Digest;

namespace {

constexpr int kTileLevels = 8;  // levels of the tree within a tile: 2^8 = kTileWidth

Digest HashAt(std::string_view hashes, size_t index) {
  Digest digest;
  std::memcpy(digest.data(), hashes.data() + index * sizeof(Digest), sizeof(Digest));
  return digest;
}

// The root over `count` hashes, a power of two, from `first` on.
Digest Fold(std::string_view hashes, size_t first, size_t count, crypto::MerkleHasher& hasher) {
  std::vector<Digest> row(count);
  for (size_t i = 0; i < count; ++i) row[i] = HashAt(hashes, first + i);
  for (; count > 1; count /= 2) {
    for (size_t i = 0; i < count / 2; ++i) row[i] = hasher.Node(row[2 * i], row[2 * i + 1]);
  }
  return row[0];
}

}  // namespace

absl::StatusOr<Digest> TileNode(TileStore& store, int level, uint64_t index) {
  const int tile_level = level / kTileLevels, inside = level % kTileLevels;
  const uint64_t first = index << inside, count = uint64_t{1} << inside;
  const uint64_t tile = first / kTileWidth, place = first % kTileWidth;
  ASSIGN_OR_RETURN(const std::string hashes, store.ReadTile(tile_level, tile));
  if (hashes.size() < (place + count) * sizeof(Digest)) {
    return absl::DataLossError(base::StrCat("the audit log's tree has no hash ", index, " on level ", level,
                                            ": its tile ", tile, " is incomplete"));
  }
  crypto::MerkleHasher hasher;
  return Fold(hashes, place, count, hasher);
}

absl::StatusOr<TileTree> TileTree::Open(uint64_t size, TileStore& store) {
  TileTree tree(size, store);
  int level = 0;
  for (uint64_t count = size; count > 0; count /= kTileWidth, ++level) {
    const uint64_t tile = count / kTileWidth, open = count % kTileWidth;
    ASSIGN_OR_RETURN(std::string hashes, store.ReadTile(level, tile));
    if (hashes.size() < open * sizeof(Digest)) {
      return absl::DataLossError(base::StrCat("the audit log's tree is incomplete: its last tile on level ",
                                              level, " should hold ", open, " hashes"));
    }
    hashes.resize(open * sizeof(Digest));
    tree.open_.push_back(std::move(hashes));
    tree.full_.push_back(tile);
    tree.changed_.push_back(false);
  }
  return tree;
}

absl::Status TileTree::Append(std::span<const Digest> leaf_hashes) {
  for (const Digest& hash : leaf_hashes) RETURN_IF_ERROR(Add(0, hash));
  size_ += leaf_hashes.size();
  for (size_t level = 0; level < open_.size(); ++level) {
    if (!changed_[level]) continue;
    RETURN_IF_ERROR(store_->WriteTile(static_cast<int>(level), full_[level], open_[level]));
    changed_[level] = false;
  }
  return absl::OkStatus();
}

absl::Status TileTree::Add(size_t level, const Digest& hash) {
  if (level == open_.size()) {
    open_.emplace_back();
    full_.push_back(0);
    changed_.push_back(false);
  }
  open_[level].append(reinterpret_cast<const char*>(hash.data()), hash.size());
  changed_[level] = true;
  if (open_[level].size() < kTileWidth * sizeof(Digest)) return absl::OkStatus();
  RETURN_IF_ERROR(store_->WriteTile(static_cast<int>(level), full_[level], open_[level]));
  const Digest root = RootOfTile(open_[level]);
  open_[level].clear();
  changed_[level] = false;
  ++full_[level];
  return Add(level + 1, root);
}

Digest TileTree::RootOfTile(const std::string& hashes) { return Fold(hashes, 0, kTileWidth, hasher_); }

}  // namespace portcullis::audit
