// Tiles of hashes, and signed heads.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "services/audit/domain/log_head.h"
#include "services/audit/domain/tile_tree.h"

namespace portcullis::audit {
namespace {

using crypto::Digest;

class MapTiles final : public TileStore {
 public:
  absl::StatusOr<std::string> ReadTile(int level, uint64_t tile) override { return tiles[{level, tile}]; }
  absl::Status WriteTile(int level, uint64_t tile, std::string_view hashes) override {
    tiles[{level, tile}] = hashes;
    ++writes;
    return absl::OkStatus();
  }
  std::map<std::pair<int, uint64_t>, std::string> tiles;
  int writes = 0;
};

std::vector<Digest> Hashes(size_t begin, size_t end) {
  std::vector<Digest> hashes;
  for (size_t i = begin; i < end; ++i) hashes.push_back(crypto::Sha256Of(std::to_string(i)));
  return hashes;
}

TEST(TileTreeTest, GivesTheRootsOfAPlainTreeAtEverySize) {
  MapTiles tiles;
  TileTree tree = *TileTree::Open(0, tiles);
  crypto::MerkleFrontier plain;
  constexpr size_t kSizes[] = {1, 2, 3, 255, 256, 257, 511, 513, 65'535, 65'536, 65'537, 66'000};
  for (const size_t size : kSizes) {
    const std::vector<Digest> hashes = Hashes(plain.size(), size);
    ASSERT_TRUE(tree.Append(hashes).ok());
    for (const Digest& hash : hashes) plain.Append(hash);
    const auto nodes = [&](int level, uint64_t index) { return TileNode(tiles, level, index); };
    EXPECT_EQ(*crypto::MerkleRoot(size, nodes), plain.Root()) << size;
    tree = *TileTree::Open(size, tiles);
    EXPECT_EQ(tree.size(), size);
  }
}

TEST(TileTreeTest, WritesEachTileOnceInABatch) {
  MapTiles tiles;
  TileTree tree = *TileTree::Open(0, tiles);
  ASSERT_TRUE(tree.Append(Hashes(0, 600)).ok());
  EXPECT_EQ(tiles.writes, 4);  // two full tiles, an open one, and the level above
}

TEST(TileTreeTest, MissingHashesAreDataLoss) {
  MapTiles tiles;
  TileTree tree = *TileTree::Open(0, tiles);
  ASSERT_TRUE(tree.Append(Hashes(0, 300)).ok());
  EXPECT_EQ(TileNode(tiles, 0, 300).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(TileNode(tiles, 2, 75).status().code(), absl::StatusCode::kDataLoss);
  tiles.tiles[{0, 1}].resize(5);
  EXPECT_EQ(TileTree::Open(300, tiles).status().code(), absl::StatusCode::kDataLoss);
}

TEST(LogHeadTest, SignsEveryField) {
  const crypto::SigningKey key = crypto::SigningKey::Generate();
  LogHead head;
  head.log_id = "0123";
  head.size = 7;
  head.root = crypto::Sha256Of("root");
  head.time_us = 5;
  SignHead(key, &head);
  EXPECT_EQ(HeadText(head), "portcullis-audit-head-v1\n0123\n7\n" + crypto::Hex(head.root) + "\n5\n");
  EXPECT_TRUE(VerifyHead(head, key.verifying_key()).ok());
  EXPECT_FALSE(VerifyHead(head, crypto::SigningKey::Generate().verifying_key()).ok());
  for (const auto& change : std::vector<std::function<void(LogHead&)>>{
           [](LogHead& h) { h.log_id = "0124"; }, [](LogHead& h) { ++h.size; },
           [](LogHead& h) { h.root[0] ^= 1; }, [](LogHead& h) { ++h.time_us; },
           [](LogHead& h) { h.signature[0] ^= 1; }}) {
    LogHead changed = head;
    change(changed);
    EXPECT_FALSE(VerifyHead(changed, key.verifying_key()).ok());
  }
}

}  // namespace
}  // namespace portcullis::audit
