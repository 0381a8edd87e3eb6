// What the doctor asks the machine.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace portcullis::doctor {

struct Machine {
  uint64_t open_files_soft = 0;  // RLIMIT_NOFILE
  uint64_t open_files_hard = 0;
  std::optional<bool> clock_synchronised;  // as the kernel says; nothing when it does not tell
  double clock_error_seconds = 0;          // the kernel's estimate, with clock_synchronised
};

Machine ReadMachine();

// A folder that the process writes to.
struct Folder {
  std::filesystem::path path;
  std::string problem;                 // why nothing can be written there; "" = something can
  std::optional<uint64_t> free_bytes;  // nothing: the system does not tell
};

// Makes the folder if it is not there, and writes and removes a file in it.
Folder TryFolder(const std::filesystem::path& path);

}  // namespace portcullis::doctor
