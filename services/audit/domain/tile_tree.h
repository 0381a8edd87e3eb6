// The hashes of a growing Merkle tree, kept in tiles: 256 hashes of one level side by side.
//
// Level L holds the roots of perfect subtrees of 256^L leaves, in order; level 0 the leaf hashes themselves.
// A leaf is written once and each full tile adds one hash to the level above, so that n leaves cost n hashes
// and little more than 32 n bytes, and any node is found by hashing within one tile. The idea is that of
// Crosby and Wallach's history trees as Go's checksum database stores them (Cox, "Transparent Logs", 2019).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/crypto/merkle.h"

namespace portcullis::audit {

inline constexpr uint64_t kTileWidth = 256;  // hashes in a full tile

// Where tiles are kept. A tile is named by its level and its place on it; its bytes are its hashes.
class TileStore {
 public:
  virtual ~TileStore() = default;

  // "" if the tile is not there.
  virtual absl::StatusOr<std::string> ReadTile(int level, uint64_t tile) = 0;
  virtual absl::Status WriteTile(int level, uint64_t tile, std::string_view hashes) = 0;
};

// The hash of a node of crypto/merkle.h. DATA_LOSS: the tile that should hold it is shorter.
absl::StatusOr<crypto::Digest> TileNode(TileStore& store, int level, uint64_t index);

// The writing end. Not thread-safe. After an error it must be opened anew.
class TileTree {
 public:
  // The tree of `size` leaves that the store holds; `store` must outlive it.
  static absl::StatusOr<TileTree> Open(uint64_t size, TileStore& store);

  // Adds leaves by their hashes and writes the tiles that changed, each once.
  absl::Status Append(std::span<const crypto::Digest> leaf_hashes);

  uint64_t size() const { return size_; }

 private:
  TileTree(uint64_t size, TileStore& store) : size_(size), store_(&store) {}

  absl::Status Add(size_t level, const crypto::Digest& hash);
  crypto::Digest RootOfTile(const std::string& hashes);

  uint64_t size_;
  TileStore* store_;
  crypto::MerkleHasher hasher_;
  std::vector<std::string> open_;  // by level: the hashes of its last tile while that is not full
  std::vector<uint64_t> full_;     // by level: tiles before it
  std::vector<bool> changed_;      // by level: the open tile is not written
};

}  // namespace portcullis::audit
