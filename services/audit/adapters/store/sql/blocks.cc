#include "services/audit/adapters/store/sql/blocks.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::audit::sql {
namespace {

constexpr int kHashes = 6;
constexpr uint64_t kBits = Bloom::kBytes * 8;
constexpr size_t kColumnHeader = sizeof(int64_t) + 1;
static_assert(std::endian::native == std::endian::little, "columns are written by plain copies");

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

std::string_view Bytes(const Places& places) {
  return {reinterpret_cast<const char*>(places.data()), sizeof(places)};
}

Places ToPlaces(std::string_view bytes) {
  Places places{};
  if (bytes.size() == sizeof(places)) std::memcpy(places.data(), bytes.data(), sizeof(places));
  return places;
}

bool None(const Places& places) {
  return std::all_of(places.begin(), places.end(), [](uint64_t word) { return word == 0; });
}

std::string ColumnValues::Encode(const std::array<int64_t, kBlockRows>& values) {
  const auto [least, most] = std::minmax_element(values.begin(), values.end());
  const uint64_t span = static_cast<uint64_t>(*most) - static_cast<uint64_t>(*least);
  const size_t width = span == 0                    ? 0
                       : span < (1u << 8)           ? 1
                       : span < (1u << 16)          ? 2
                       : span < (uint64_t{1} << 32) ? 4
                                                    : 8;
  std::string bytes(kColumnHeader + width * kBlockRows, '\0');
  std::memcpy(bytes.data(), &*least, sizeof(int64_t));
  bytes[sizeof(int64_t)] = static_cast<char>(width);
  for (size_t i = 0; i < kBlockRows; ++i) {
    const uint64_t more = static_cast<uint64_t>(values[i]) - static_cast<uint64_t>(*least);
    std::memcpy(bytes.data() + kColumnHeader + i * width, &more, width);
  }
  return bytes;
}

ColumnValues::ColumnValues(std::string_view bytes) {
  if (bytes.size() < kColumnHeader) return;
  const int width = bytes[sizeof(int64_t)];
  const bool known = width == 0 || width == 1 || width == 2 || width == 4 || width == 8;
  if (!known || bytes.size() != kColumnHeader + static_cast<size_t>(width) * kBlockRows) return;
  std::memcpy(&base_, bytes.data(), sizeof(base_));
  width_ = width;
  data_ = bytes.data() + kColumnHeader;
}

int64_t ColumnValues::operator[](size_t place) const {
  uint64_t more = 0;
  std::memcpy(&more, data_ + place * static_cast<size_t>(width_), static_cast<size_t>(width_));
  return static_cast<int64_t>(static_cast<uint64_t>(base_) + more);
}

template <typename Keep>
void ColumnValues::KeepIf(Places* places, Keep&& keep) const {
  for (size_t word = 0; word < places->size(); ++word) {
    for (uint64_t left = (*places)[word]; left != 0; left &= left - 1) {
      const size_t place = word * 64 + static_cast<size_t>(std::countr_zero(left));
      if (!keep((*this)[place])) ClearPlace(*places, place);
    }
  }
}

void ColumnValues::KeepAnyOf(const std::vector<int64_t>& wanted, Places* places) const {
  if (wanted.size() == 1) {
    const int64_t only = wanted[0];
    return KeepIf(places, [only](int64_t value) { return value == only; });
  }
  KeepIf(places, [&](int64_t value) { return std::binary_search(wanted.begin(), wanted.end(), value); });
}

void ColumnValues::KeepBetween(int64_t least, int64_t most, Places* places) const {
  KeepIf(places, [least, most](int64_t value) { return value >= least && value <= most; });
}

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

absl::Status BlockWriter::Prepare() {
  const std::pair<Statement*, std::string_view> statements[] = {
      {&insert_block_,
       "INSERT INTO blocks(block, min_time, max_time, max_cost, live, names) VALUES(?, ?, ?, ?, ?, ?) "
       "ON CONFLICT(block) DO UPDATE SET min_time = excluded.min_time, max_time = excluded.max_time, "
       "max_cost = excluded.max_cost, live = excluded.live, names = excluded.names"},
      {&insert_column_,
       "INSERT INTO columns(key, bytes) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET bytes = excluded.bytes"},
      {&read_live_, "SELECT live FROM blocks WHERE block = ?"},
      {&write_live_, "UPDATE blocks SET live = ?2 WHERE block = ?1"},
      {&remove_block_, "DELETE FROM blocks WHERE block = ?"},
      {&remove_columns_, "DELETE FROM columns WHERE key BETWEEN ? AND ?"},
  };
  for (const auto& [statement, sql] : statements) {
    ASSIGN_OR_RETURN(*statement, database_.Prepare(sql));
  }
  return absl::OkStatus();
}

absl::Status BlockWriter::Open(int64_t next_row) {
  RETURN_IF_ERROR(Prepare());
  removed_.clear();
  Begin(BlockOf(next_row - 1));  // of the last row: its block is written when the next one begins
  ASSIGN_OR_RETURN(Statement rows, database_.Prepare(SelectRecordsFromSql()));
  rows.Bind(1, FirstRow(block_));
  for (;;) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return absl::OkStatus();
    Gather(rows.Number(0), ReadRecord(rows));
  }
}

absl::Status BlockWriter::Add(int64_t row, const RecordRow& record) {
  if (BlockOf(row) != block_) {
    RETURN_IF_ERROR(WriteBlock());
    Begin(BlockOf(row));
  }
  Gather(row, record);
  return absl::OkStatus();
}

void BlockWriter::Remove(int64_t row) {
  if (BlockOf(row) == block_) {
    ClearPlace(live_, PlaceOf(row));
  } else {
    SetPlace(removed_[BlockOf(row)], PlaceOf(row));
  }
}

absl::Status BlockWriter::Write() {
  for (const auto& [block, removed] : removed_) RETURN_IF_ERROR(WriteRemoved(block, removed));
  removed_.clear();
  return absl::OkStatus();
}

absl::Status BlockWriter::WriteBlock() {
  if (None(live_)) return absl::OkStatus();
  insert_block_.Bind(1, block_).Bind(2, min_time_).Bind(3, max_time_).Bind(4, max_cost_);
  RETURN_IF_ERROR(insert_block_.BindBlob(5, Bytes(live_)).BindBlob(6, bloom_.bits()).Run());
  for (size_t column = 0; column < kBlockColumns; ++column) {
    const std::string bytes = ColumnValues::Encode(columns_[column]);
    RETURN_IF_ERROR(insert_column_.Bind(1, ColumnKey(block_, column)).BindBlob(2, bytes).Run());
  }
  return absl::OkStatus();
}

absl::Status BlockWriter::WriteRemoved(int64_t block, const Places& removed) {
  ASSIGN_OR_RETURN(const std::string bytes, read_live_.Bind(1, block).RunForBytes());
  Places live = ToPlaces(bytes);
  for (size_t i = 0; i < live.size(); ++i) live[i] &= ~removed[i];
  if (!None(live)) return write_live_.Bind(1, block).BindBlob(2, Bytes(live)).Run();
  RETURN_IF_ERROR(remove_block_.Bind(1, block).Run());
  return remove_columns_.Bind(1, ColumnKey(block, 0)).Bind(2, ColumnKey(block, kBlockColumns - 1)).Run();
}

void BlockWriter::Begin(int64_t block) {
  block_ = block;
  min_time_ = std::numeric_limits<int64_t>::max();
  max_time_ = std::numeric_limits<int64_t>::min();
  max_cost_ = kCostUnknown;
  live_ = {};
  for (auto& column : columns_) column.fill(0);
  last_ = {};
  bloom_.Clear();
}

void BlockWriter::Gather(int64_t row, const RecordRow& record) {
  min_time_ = std::min(min_time_, record.time_us);
  max_time_ = std::max(max_time_, record.time_us);
  max_cost_ = std::max(max_cost_, record.cost_nano_usd);
  const size_t place = PlaceOf(row);
  SetPlace(live_, place);
  for (size_t i = 0; i < kNameColumns; ++i) {
    columns_[i][place] = record.names[i];
    if (record.names[i] == 0 || record.names[i] == last_[i]) continue;
    last_[i] = record.names[i];
    bloom_.Add(Bloom::Key(i, last_[i]));
  }
  columns_[kTimeColumn][place] = record.time_us;
  columns_[kStatusColumn][place] = record.http_status;
  columns_[kPromptColumn][place] = record.prompt_tokens;
  columns_[kCompletionColumn][place] = record.completion_tokens;
  columns_[kCostColumn][place] = record.cost_nano_usd;
  columns_[kTotalColumn][place] = record.total_us;
}

}  // namespace portcullis::audit::sql
