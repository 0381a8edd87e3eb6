#include "services/audit/adapters/store/sqlite/blocks.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sqlite {
namespace {

constexpr int kHashes = 7;
constexpr uint64_t kBits = Bloom::kBytes * 8;

// SplitMix64's finalizer (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
uint64_t Mix(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// The places of a key: two hashes make all (Kirsch and Mitzenmacher, "Less hashing, same performance", 2006).
template <typename Use>
bool AllPlaces(uint64_t key, Use&& use) {
  const uint64_t first = key & 0xffffffff, step = (key >> 32) | 1;
  for (uint64_t i = 0; i < kHashes; ++i) {
    const uint64_t place = (first + i * step) % kBits;
    if (!use(place / 8, uint8_t{1} << (place % 8))) return false;
  }
  return true;
}

}  // namespace

uint64_t Bloom::Key(size_t column, int64_t name) {
  return Mix((static_cast<uint64_t>(column) << 48) ^ static_cast<uint64_t>(name) ^ 0x9e3779b97f4a7c15);
}

void Bloom::Add(uint64_t key) {
  AllPlaces(key, [this](size_t byte, int bit) {
    bits_[byte] = static_cast<uint8_t>(bits_[byte] | bit);
    return true;
  });
}

bool Bloom::MayHold(std::string_view bits, uint64_t key) {
  if (bits.size() != kBytes) return true;
  return AllPlaces(key, [bits](size_t byte, int bit) { return (bits[byte] & bit) != 0; });
}

absl::Status BlockWriter::Open(int64_t next_row) {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&insert_block_,
       "INSERT OR REPLACE INTO blocks(block, min_time, max_time, max_cost) VALUES(?, ?, ?, ?)"},
      {&insert_bloom_, "INSERT OR REPLACE INTO blooms(block, bits) VALUES(?, ?)"},
      {&narrow_, "UPDATE blocks SET min_time = ?2 WHERE block = ?1"},
      {&remove_block_, "DELETE FROM blocks WHERE block = ?"},
      {&remove_bloom_, "DELETE FROM blooms WHERE block = ?"},
      {&first_time_, "SELECT count(*), min(time_us) FROM records WHERE row BETWEEN ? AND ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, database_.Prepare(sql));
  }
  Begin(BlockOf(next_row - 1));  // of the last row: its block is written when the next one begins
  std::string sql = SelectRecordSql();
  sql.replace(sql.rfind("root = ?1"), std::string::npos, "row >= ?1");
  ASSIGN_OR_RETURN(Statement rows, database_.Prepare(sql));
  rows.Bind(1, FirstRow(block_));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    Gather(ReadRecord(rows));
  }
}

absl::Status BlockWriter::Add(int64_t row, const RecordRow& record) {
  if (BlockOf(row) != block_) {
    RETURN_IF_ERROR(Write());
    Begin(BlockOf(row));
  }
  Gather(record);
  return absl::OkStatus();
}

absl::Status BlockWriter::Write() {
  RETURN_IF_ERROR(
      insert_block_.Bind(1, block_).Bind(2, min_time_).Bind(3, max_time_).Bind(4, max_cost_).Run());
  return insert_bloom_.Bind(1, block_).BindBlob(2, bloom_.bits()).Run();
}

void BlockWriter::Begin(int64_t block) {
  block_ = block;
  min_time_ = std::numeric_limits<int64_t>::max();
  max_time_ = std::numeric_limits<int64_t>::min();
  max_cost_ = kCostUnknown;
  last_ = {};
  bloom_.Clear();
}

void BlockWriter::Gather(const RecordRow& record) {
  min_time_ = std::min(min_time_, record.time_us);
  max_time_ = std::max(max_time_, record.time_us);
  max_cost_ = std::max(max_cost_, record.cost_nano_usd);
  for (size_t i = 0; i < kNameColumns; ++i) {
    if (record.names[i] == 0 || record.names[i] == last_[i]) continue;
    last_[i] = record.names[i];
    bloom_.Add(Bloom::Key(i, last_[i]));
  }
}

absl::Status BlockWriter::Narrow(int64_t block) {
  if (block >= block_) return absl::OkStatus();
  const absl::StatusOr<bool> row =
      first_time_.Bind(1, FirstRow(block)).Bind(2, FirstRow(block + 1) - 1).Step();
  const bool empty = row.ok() && first_time_.Number(0) == 0;
  const int64_t min_time = row.ok() ? first_time_.Number(1) : 0;
  first_time_.Reset();
  RETURN_IF_ERROR(row.status());
  if (!empty) return narrow_.Bind(1, block).Bind(2, min_time).Run();
  RETURN_IF_ERROR(remove_block_.Bind(1, block).Run());
  return remove_bloom_.Bind(1, block).Run();
}

}  // namespace portcullis::audit::sqlite
