// Tells when the content of a file has changed, however it was changed: written in place, replaced by a
// rename, or by a link that leads elsewhere (as Kubernetes does with a ConfigMap).
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace portcullis::app {

class FileWatch {
 public:
  // `changed` is called on a thread of the watch, some 20 ms after the last of a row of writes, and only when
  // the bytes differ from those of the time before. INTERNAL when the system gives no watch.
  // `known` is the Fingerprint of the content that the caller knows: a change since then is told too.
  static absl::StatusOr<std::unique_ptr<FileWatch>> Start(std::filesystem::path file, std::string known,
                                                          std::function<void()> changed);

  // "" = the file cannot be read.
  static std::string Fingerprint(const std::filesystem::path& file);

  // Waits for a call that is under way.
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  FileWatch(std::filesystem::path file, std::string known, std::function<void()> changed);

  absl::Status Open();
  void Run();
  void Look();
  void WatchFolders();
  bool WaitForEvent(int timeout_ms);  // false: none came in time
  void SkipEvents();

  const std::filesystem::path file_;
  const std::function<void()> changed_;
  std::string hash_;  // of the content; "" = it cannot be read
  int events_ = -1;
  int stop_ = -1;
  bool stopping_ = false;  // of the thread
  std::thread thread_;
};

}  // namespace portcullis::app
