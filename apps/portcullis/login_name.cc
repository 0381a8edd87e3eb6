#include "apps/portcullis/login_name.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace portcullis::app {

std::string LoginName() {
  std::array<char, 4096> memory;
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(geteuid(), &entry, memory.data(), memory.size(), &found) != 0 || found == nullptr) return "";
  return entry.pw_name;
}

}  // namespace portcullis::app
