#include "apps/sim/sim_command.h"

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <csignal>
#include <fstream>
#include <iostream>

#include "apps/sim/simulator.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

constexpr int kExitFailure = 1;
constexpr int kExitUsage = 2;
constexpr size_t kMaxScriptBytes = size_t{1} << 20;

struct Arguments {
  std::string listen = "127.0.0.1:41090";
  std::string provider = "mistral";
  std::vector<std::string> keys;
  std::string script_file;
  double tokens_per_second = 0;
  int64_t latency_ms = 0;
  int threads = 1;
};

void AddOptions(CLI::App& app, Arguments& arguments) {
  app.add_option("--listen", arguments.listen, "address and port, e.g. 127.0.0.1:41090 or [::1]:0");
  app.add_option("--provider", arguments.provider,
                 "dialect of the paths under /v1 (azure: of /openai/deployments)")
      ->check(CLI::IsMember({"mistral", "openai", "azure", "anthropic"}));
  app.add_option("--key", arguments.keys, "accepted API key (may be repeated; none: any key)");
  app.add_option("--latency-ms", arguments.latency_ms, "wait before each answer")
      ->check(CLI::Range(0, 3600000));
  app.add_option("--tokens-per-second", arguments.tokens_per_second, "pace of the answers (0: none)")
      ->check(CLI::Range(0.0, 1e9));
  app.add_option("--threads", arguments.threads, "threads")->check(CLI::Range(1, 64));
  app.add_option("--script", arguments.script_file, "file with faults for the first calls (JSON)")
      ->check(CLI::ExistingFile);
}

absl::Status ReadListen(const std::string& listen, SimulatorOptions& options) {
  const size_t colon = listen.rfind(':');
  const auto bad = [&] {
    return absl::InvalidArgumentError(base::StrCat("--listen \"", listen, "\": needs ADDRESS:PORT"));
  };
  if (colon == std::string::npos || colon == 0) return bad();
  options.address = listen.substr(0, colon);
  if (options.address.front() == '[' && options.address.back() == ']') {
    options.address = options.address.substr(1, options.address.size() - 2);
  }
  if (options.address == "localhost") options.address = "127.0.0.1";
  const char* end = listen.data() + listen.size();
  const auto [stop, error] = std::from_chars(listen.data() + colon + 1, end, options.port);
  return error == std::errc() && stop == end ? absl::OkStatus() : bad();
}

absl::StatusOr<std::string> ReadScript(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kMaxScriptBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (file.bad() || text.empty())
    return absl::InvalidArgumentError(base::StrCat("--script ", path, ": cannot be read"));
  if (text.size() > kMaxScriptBytes) {
    return absl::InvalidArgumentError(
        base::StrCat("--script ", path, ": more than ", kMaxScriptBytes, " bytes"));
  }
  return text;
}

absl::StatusOr<SimulatorOptions> OptionsOf(const Arguments& arguments) {
  SimulatorOptions options;
  RETURN_IF_ERROR(ReadListen(arguments.listen, options));
  if (!arguments.script_file.empty()) {
    ASSIGN_OR_RETURN(options.script, ReadScript(arguments.script_file));
  }
  if (arguments.provider == "openai") options.provider = Provider::kOpenAi;
  if (arguments.provider == "azure") options.provider = Provider::kAzure;
  if (arguments.provider == "anthropic") options.provider = Provider::kAnthropic;
  options.accepted_keys = arguments.keys;
  options.latency = std::chrono::milliseconds(arguments.latency_ms);
  options.tokens_per_second = arguments.tokens_per_second;
  options.threads = arguments.threads;
  return options;
}

int Report(const absl::Status& status, int code) {
  std::cerr << "sim: " << base::Message(status) << "\n";
  return code;
}

}  // namespace

int RunSimCommand(int argc, char** argv) {
  CLI::App app("Simulates the HTTP API of Mistral, OpenAI, Azure OpenAI or Anthropic, with faults.");
  Arguments arguments;
  AddOptions(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  absl::StatusOr<SimulatorOptions> options = OptionsOf(arguments);
  if (!options.ok()) return Report(options.status(), kExitUsage);
  boost::asio::io_context io(1);
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  const auto simulator = Simulator::Start(*std::move(options));
  if (!simulator.ok()) return Report(simulator.status(), kExitFailure);
  std::cout << "simulator listening on " << (*simulator)->url() << std::endl;
  signals.async_wait([](const boost::system::error_code&, int) {});
  io.run();
  return 0;
}

}  // namespace portcullis::sim
