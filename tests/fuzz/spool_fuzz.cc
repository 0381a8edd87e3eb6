// Any bytes as a segment of a spool, and any bytes as a record: nothing may crash, and what is decoded must
// encode to something that decodes to the same.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "libs/crypto/sha256.h"
#include "libs/spool/reader.h"
#include "services/audit/client/record_codec.h"

namespace {

using portcullis::audit::Record;

constexpr char kId[] = "00112233aabbccdd";

// One folder for the whole run, removed at its end.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("pc_fuzz_" + portcullis::crypto::RandomHex(8))) {
    std::filesystem::create_directories(path_ / kId);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::filesystem::path directory() const { return path_ / kId; }

 private:
  std::filesystem::path path_;
};

void ReadAsSpool(std::string_view bytes) {
  static const Folder folder;
  // The first byte says where the rest is divided into two segments.
  const size_t cut = bytes.empty() ? 0 : static_cast<uint8_t>(bytes[0]) * bytes.size() / 256;
  for (uint32_t number : {1u, 2u}) {
    std::ofstream file(portcullis::spool::SegmentPath(folder.directory(), number),
                       std::ios::binary | std::ios::trunc);
    file << (number == 1 ? bytes.substr(0, cut) : bytes.substr(cut));
  }
  portcullis::spool::Reader reader(kId, folder.directory());
  uint64_t last = 0;
  for (;;) {
    const auto leaf = reader.Next();
    if (!leaf.ok() || !*leaf) return;
    if ((*leaf)->sequence <= last) std::abort();
    last = (*leaf)->sequence;
  }
}

void ReadAsRecord(std::string_view bytes) {
  const auto record = portcullis::audit::Decode(bytes);
  const portcullis::audit::Leaf leaf = {{"00112233aabbccdd", 1}, std::string(bytes)};
  (void)portcullis::audit::DecodeIndex(leaf);
  (void)portcullis::audit::DecodeLink(bytes);
  if (!record.ok()) return;
  std::string first, second;
  portcullis::audit::Encode(*record, &first);
  const auto again = portcullis::audit::Decode(first);
  if (!again.ok()) std::abort();
  portcullis::audit::Encode(*again, &second);
  if (first != second) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  ReadAsRecord(bytes);
  ReadAsSpool(bytes);
  return 0;
}
