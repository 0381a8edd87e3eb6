#include "libs/testing/postgres_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "libs/crypto/sha256.h"
#include "libs/testing/wait.h"

namespace portcullis::testing {
namespace {

namespace fs = std::filesystem;

constexpr char kUser[] = "portcullis";

[[noreturn]] void Abort(const std::string& why) {
  std::fprintf(stderr, "PostgreSQL for tests: %s\n", why.c_str());
  std::abort();
}

// The folder of the newest installed version's programs.
fs::path Programs() {
  fs::path newest;
  std::error_code none;
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql", none)) {
    if (fs::exists(version.path() / "bin/initdb") && version.path() > newest) newest = version.path();
  }
  if (newest.empty()) Abort("it is not installed; scripts/lib/packages test installs it");
  return newest / "bin";
}

// PostgreSQL refuses to run as root.
const passwd* OtherUser() {
  if (::geteuid() != 0) return nullptr;
  const passwd* user = ::getpwnam("postgres");
  return user != nullptr ? user : ::getpwnam("nobody");
}

pid_t Spawn(const std::vector<std::string>& arguments, const fs::path& folder) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const std::string log = (folder / "log").native();
  const passwd* user = OtherUser();
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(out, 1);
  ::dup2(out, 2);
  if (::chdir(folder.c_str()) != 0) ::_exit(127);
  if (user != nullptr && (::setgid(user->pw_gid) != 0 || ::setuid(user->pw_uid) != 0)) ::_exit(127);
  ::execv(argv[0], argv.data());
  ::_exit(127);
}

using Handle = std::unique_ptr<PGconn, void (*)(PGconn*)>;

Handle Connect(const std::string& connection) { return {PQconnectdb(connection.c_str()), PQfinish}; }

}  // namespace

PostgresServer::PostgresServer()
    : folder_(fs::temp_directory_path() / ("pc_postgres_" + crypto::RandomHex(8))) {
  fs::create_directories(folder_);
  if (const passwd* user = OtherUser(); user != nullptr) {
    if (::chown(folder_.c_str(), user->pw_uid, user->pw_gid) != 0) Abort("cannot hand over its folder");
  }
  const pid_t init = Spawn({(Programs() / "initdb").native(), "--no-sync", "--auth=trust", "--encoding=UTF8",
                            "--locale=C", "--username=portcullis", "-D", (folder_ / "data").native()},
                           folder_);
  int status = 0;
  if (::waitpid(init, &status, 0) != init || status != 0) {
    Abort("initdb failed; see " + (folder_ / "log").native());
  }
  Start();
}

PostgresServer::~PostgresServer() {
  Stop(How::kAtOnce);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

void PostgresServer::Start() {
  // Without fsync: it must survive the death of processes here, not of the machine.
  pid_ = Spawn({(Programs() / "postgres").native(), "-D", (folder_ / "data").native(), "-k", folder_.native(),
                "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=50"},
               folder_);
  const bool answers = WaitUntil([&] { return PQping(ConnectionTo("postgres").c_str()) == PQPING_OK; },
                                 std::chrono::seconds(60));
  if (!answers) Abort("it does not answer; see " + (folder_ / "log").native());
}

void PostgresServer::Stop(How how) {
  if (pid_ <= 0) return;
  ::kill(pid_, how == How::kOrderly ? SIGINT : SIGQUIT);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
}

std::string PostgresServer::ConnectionTo(const std::string& database) const {
  return "host=" + folder_.native() + " user=" + kUser + " dbname=" + database;
}

std::string PostgresServer::NewDatabase() {
  const std::string name = "test_" + std::to_string(++databases_);
  Run(ConnectionTo("postgres"), "CREATE DATABASE " + name);
  return ConnectionTo(name);
}

std::string PostgresServer::Run(const std::string& connection, const std::string& sql) {
  const Handle handle = Connect(connection);
  const std::unique_ptr<PGresult, void (*)(PGresult*)> result(PQexec(handle.get(), sql.c_str()), PQclear);
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
    Abort(sql + ": " + PQerrorMessage(handle.get()));
  }
  return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

PostgresServer& SharedPostgres() {
  static PostgresServer server;
  return server;
}

}  // namespace portcullis::testing
