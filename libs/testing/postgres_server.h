// A real PostgreSQL for a test: a cluster of its own in a temporary folder, reached by a socket in it and
// over loopback. What it holds survives Stop and Start.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

namespace portcullis::testing {

class PostgresServer {
 public:
  // Aborts when PostgreSQL is not installed (scripts/lib/packages test installs it).
  PostgresServer();
  ~PostgresServer();  // and removes the folder
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  enum class How { kOrderly, kAtOnce };  // disconnecting clients, or like a crash
  void Stop(How how);
  void Start();  // returns when it answers

  // A new, empty database; its connection string.
  std::string NewDatabase();

  // Runs SQL in a database; its first value, if any, as text.
  std::string Run(const std::string& connection, const std::string& sql);

  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::string ConnectionTo(const std::string& database) const;

  const std::filesystem::path folder_;
  pid_t pid_ = -1;
  int databases_ = 0;
};

// The one server of a test program.
PostgresServer& SharedPostgres();

}  // namespace portcullis::testing
