#include "apps/portcullis/doctor/machine.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace portcullis::doctor {

Machine ReadMachine() {
  Machine machine;
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    machine.open_files_soft = files.rlim_cur;
    machine.open_files_hard = files.rlim_max;
  }
  timex clock{};
  if (const int state = adjtimex(&clock); state >= 0) {
    machine.clock_synchronised = state != TIME_ERROR && (clock.status & STA_UNSYNC) == 0;
    machine.clock_error_seconds = static_cast<double>(clock.maxerror) / 1e6;
  }
  return machine;
}

Folder TryFolder(const std::filesystem::path& path) {
  Folder folder{path, "", std::nullopt};
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    folder.problem = "it cannot be made: " + error.message();
    return folder;
  }
  const std::filesystem::space_info space = std::filesystem::space(path, error);
  if (!error) folder.free_bytes = space.available;
  const std::string probe = (path / (".doctor-" + std::to_string(getpid()))).string();
  const int file = open(probe.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
  if (file < 0 || write(file, "x", 1) != 1)
    folder.problem = std::string("it cannot be written: ") + strerror(errno);
  if (file >= 0) close(file);
  unlink(probe.c_str());
  return folder;
}

}  // namespace portcullis::doctor
