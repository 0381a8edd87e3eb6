#include "apps/process/run_process.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <iostream>
#include <optional>
#include <utility>
#include <vector>

#include "apps/config/axonflow/providers.h"
#include "apps/config/rule_place.h"
#include "apps/portcullis/audit/audit_pages.h"
#include "apps/process/address.h"
#include "apps/process/assemblies.h"
#include "apps/process/context.h"
#include "apps/process/file_watch.h"
#include "apps/process/operator_pages.h"
#include "apps/process/process_flags.h"
#include "apps/process/reload_pages.h"
#include "apps/process/reloader.h"
#include "apps/process/security.h"
#include "apps/process/state_dir.h"
#include "apps/process/targets_pages.h"
#include "apps/process/tracing.h"
#include "apps/sim/simulator.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/config/environment.h"
#include "libs/http/admin.h"
#include "libs/runtime/memory.h"
#include "libs/telemetry/backend/process_metrics.h"
#include "services/audit/app/audit_component.h"

namespace portcullis::app {
namespace {

const char* NameOf(ProcessKind kind) {
  switch (kind) {
    case ProcessKind::kGateway:
      return "gateway";
    case ProcessKind::kEdge:
      return "edge";
    case ProcessKind::kPolicy:
      return "policy";
    case ProcessKind::kRouter:
      return "router";
    case ProcessKind::kAudit:
      return "audit";
  }
  return "unknown";
}

// Every thread made after this leaves the signals to the main thread.
sigset_t BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return signals;
}

// The service processes take --grpc-listen and --admin-listen for their own addresses.
void ApplyServiceFlags(ProcessKind kind, const FlagOverrides& flags, LoadedConfig* config) {
  const auto apply = [&](std::string* listen, std::string* admin) {
    if (flags.grpc_listen) *listen = *flags.grpc_listen;
    if (flags.admin_listen) *admin = *flags.admin_listen;
  };
  if (kind == ProcessKind::kPolicy) apply(&config->policy_server.listen, &config->policy_server.admin_listen);
  if (kind == ProcessKind::kRouter) apply(&config->router_server.listen, &config->router_server.admin_listen);
  if (kind == ProcessKind::kAudit) apply(&config->audit.listen, &config->audit.admin_listen);
}

// `simulator` is null in the processes that call no provider.
LoadedConfig Load(ProcessKind kind, const ProcessFlags& flags, const config::Environment& environment,
                  const sim::Simulator* simulator) {
  const base::SystemClock clock;
  LoadedConfig config = !flags.policy_config.empty()
                            ? LoadConfigFiles(flags.policy_config, environment, flags.overrides, &clock)
                            : LoadDefaults(environment, flags.overrides,
                                           simulator != nullptr ? simulator->url() : "http://localhost/v1");
  ApplyServiceFlags(kind, flags.overrides, &config);
  return config;
}

// Where AxonFlow's users name their file, when no flag does.
void TakeAxonFlowFile(const config::Environment& environment, ProcessFlags* flags) {
  for (const char* variable : {"AXONFLOW_LLM_CONFIG_FILE", "AXONFLOW_CONFIG_FILE"}) {
    const std::string file = environment.Get(variable).value_or("");
    if (flags->policy_config.empty() && !file.empty()) flags->policy_config.push_back(file);
  }
}

// Whether this process is the one to run the simulator.
bool NeedsSimulator(ProcessKind kind, const ProcessFlags& flags, const config::Environment& environment) {
  return flags.policy_config.empty() && flags.simulator && !axonflow::NamesProvider(environment) &&
         (kind == ProcessKind::kGateway || kind == ProcessKind::kRouter);
}

absl::StatusOr<std::filesystem::path> MakeStateDir(const std::string& given,
                                                   const config::Environment& environment) {
  const std::filesystem::path dir = ResolveStateDir(given, environment);
  std::error_code error;
  std::filesystem::create_directories(dir, error);
  if (error) {
    return absl::PermissionDeniedError(base::StrCat("the state folder ", dir.string(), " cannot be made: ",
                                                    error.message(), "; choose another with --state-dir"));
  }
  return dir;
}

absl::StatusOr<std::unique_ptr<Assembly>> Assemble(ProcessKind kind, Context& context) {
  switch (kind) {
    case ProcessKind::kGateway:
      return MakeGateway(context);
    case ProcessKind::kEdge:
      return MakeEdge(context);
    case ProcessKind::kPolicy:
      return MakePolicy(context);
    case ProcessKind::kRouter:
      return MakeRouter(context);
    case ProcessKind::kAudit:
      return MakeAudit(context);
  }
  return absl::InternalError("unknown process");
}

std::string AdminAddress(ProcessKind kind, const LoadedConfig& config) {
  if (kind == ProcessKind::kPolicy) return config.policy_server.admin_listen;
  if (kind == ProcessKind::kRouter) return config.router_server.admin_listen;
  if (kind == ProcessKind::kAudit) return config.audit.admin_listen;
  return config.edge.admin_listen;
}

void TellStart(ProcessKind kind, const Context& context, const Assembly& assembly, const std::string& admin) {
  const LoadedConfig& config = context.config;
  const bool process_durability = config.audit.durability == audit::Durability::kProcess;
  context.logger->Info("configuration", {{"file", config.file},
                                         {"pack", config.pack.name},
                                         {"pack_version", config.pack.version},
                                         {"config_version", config.version},
                                         {"state_dir", context.state_dir.string()}});
  for (const axonflow::Origin& origin : config.origins) {
    context.logger->Info("setting", {{"key", origin.path}, {"value", origin.value}, {"from", origin.from}});
  }
  if (kind == ProcessKind::kGateway || kind == ProcessKind::kEdge) {
    context.logger->Info(
        "audit durability",
        {{"durability", process_durability ? "process" : "disk"},
         {"survives", process_durability ? "the death of any process, not that of the machine"
                                         : "the death of processes and of the machine"}});
  }
  context.logger->Info("listening", {{"process", NameOf(kind)},
                                     {"http", assembly.http_address()},
                                     {"grpc", assembly.grpc_address()},
                                     {"admin", admin}});
}

// A process whose certificate has expired reaches nobody, and nobody reaches it.
http::Readiness ReadyOf(const Context& context, Assembly& assembly) {
  http::Readiness readiness = assembly.Ready();
  const absl::Status security = context.security->Check();
  if (!security.ok()) readiness.reasons.emplace_back(base::Message(security));
  return readiness;
}

using Pages = std::function<std::optional<http::Response>(const http::Request&)>;

// What the admin port answers beside metrics, health and configuration. `drain`: see OperatorPages.
Pages MorePages(Context& context, Assembly& assembly, Reloader& reloader, std::function<void()> drain) {
  return [&reloader, targets = TargetsPages(assembly.router_admin()),
          operators = OperatorPages(assembly.operators(), *context.logger, std::move(drain)),
          log = audit_cli::AuditPages(assembly.audit())](const http::Request& request) {
    std::optional<http::Response> answer = ReloadPage(reloader, request);
    if (!answer) answer = targets(request);
    if (!answer) answer = operators(request);
    return answer ? std::move(answer) : log(request);
  };
}

absl::StatusOr<std::unique_ptr<http::AdminServer>> StartAdmin(const http::ListenAddress& address,
                                                              Context& context, Assembly& assembly,
                                                              Reloader& reloader) {
  http::AdminSources sources;
  sources.metrics = [&context] { return context.metrics.Scrape(); };
  sources.readiness = [&context, &assembly] { return ReadyOf(context, assembly); };
  sources.config = [&reloader] { return reloader.Effective(); };
  sources.remote_changes = context.config.edge.admin_changes == edge::AdminChanges::kAnywhere;
  const auto end_wanted = std::make_shared<std::atomic<bool>>(false);
  sources.more = MorePages(context, assembly, reloader, [end_wanted] { *end_wanted = true; });
  // When the operator has the answer: the end takes the admin port with it.
  sources.answered = [end_wanted] {
    if (end_wanted->exchange(false)) kill(getpid(), SIGTERM);
  };
  return http::AdminServer::Start(address, std::move(sources), context.clock, context.metrics);
}

// Serves until a signal asks for the end; SIGHUP asks for a reload.
int AwaitEnd(const sigset_t& signals, Reloader& reloader) {
  for (;;) {
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    if (signal_number != SIGHUP) return signal_number;
    reloader.Reload("signal");
  }
}

// A file that the process began with, and what it held before it was read.
struct ConfigFile {
  std::string path;
  std::string fingerprint;
};

std::vector<std::unique_ptr<FileWatch>> WatchConfig(const Context& context,
                                                    const std::vector<ConfigFile>& files,
                                                    Reloader& reloader) {
  std::vector<std::unique_ptr<FileWatch>> watches;
  if (!context.config.reload.watch) return watches;
  for (const ConfigFile& file : files) {
    auto watch = FileWatch::Start(file.path, file.fingerprint, [&reloader] { reloader.Reload("file"); });
    if (watch.ok()) {
      watches.push_back(*std::move(watch));
      continue;
    }
    context.logger->Warning("changes of the configuration are not noticed; send SIGHUP after one",
                            {{"file", file.path}, {"reason", base::Message(watch.status())}});
  }
  return watches;
}

absl::StatusOr<int> Serve(ProcessKind kind, Context& context, const std::vector<ConfigFile>& files,
                          const std::function<LoadedConfig()>& load, const sigset_t& signals) {
  telemetry::AddProcessMetrics(context.metrics, context.clock, {PORTCULLIS_VERSION, "", NameOf(kind)});
  telemetry::AddLogMetrics(context.metrics, *context.logger);
  ASSIGN_OR_RETURN(context.security, MakeSecurity(kind, context));
  if (kind != ProcessKind::kAudit) {  // which takes records in batches, not requests
    context.tracer =
        MakeTracer(context.config.tracing, NameOf(kind), context.clock, context.metrics, *context.logger);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<Assembly> assembly, Assemble(kind, context));
  Reloader reloader(context.config, {load, [&](const LoadedConfig& fresh) { return assembly->Apply(fresh); }},
                    context.metrics, *context.logger);
  ASSIGN_OR_RETURN(const http::ListenAddress admin_address, ParseAddress(AdminAddress(kind, context.config)));
  ASSIGN_OR_RETURN(const std::unique_ptr<http::AdminServer> admin,
                   StartAdmin(admin_address, context, *assembly, reloader));
  runtime::ReleaseStartMemory();  // compiling the chain alone takes some 15 MB that are not needed again
  TellStart(kind, context, *assembly, FormatAddress({admin_address.address, admin->port()}));
  std::vector<std::unique_ptr<FileWatch>> watches = WatchConfig(context, files, reloader);
  const int signal_number = AwaitEnd(signals, reloader);
  watches.clear();
  context.logger->Info("draining", {{"signal", signal_number}});
  assembly->Drain(context.config.edge.drain);
  FlushTraces(context.tracer.get(), *context.logger);
  context.logger->Info("stopped");
  return 0;
}

}  // namespace

int RunProcess(ProcessKind kind, int argc, char** argv) {
  ProcessFlags flags;
  if (const std::optional<int> code = ParseProcessFlags(kind, argc, argv, &flags)) return *code;
  const sigset_t signals = BlockSignals();
  const config::SystemEnvironment environment;
  TakeAxonFlowFile(environment, &flags);
  if (flags.policy_config.empty() && !flags.simulator && !axonflow::NamesProvider(environment)) {
    std::cerr << "no configuration: give --policy-config FILE, or set MISTRAL_API_KEY or the key of another "
                 "provider, or try --simulator\n";
    return 2;
  }
  const auto fail = [](const absl::Status& status) {
    std::cerr << "cannot start: " << base::Message(status) << "\n";
    return 1;
  };
  std::unique_ptr<sim::Simulator> simulator;
  if (NeedsSimulator(kind, flags, environment)) {
    sim::SimulatorOptions options;
    options.require_key = false;
    auto started = sim::Simulator::Start(options);
    if (!started.ok()) return fail(started.status());
    simulator = *std::move(started);
  }
  Context context;
  const auto load = [&] { return Load(kind, flags, environment, simulator.get()); };
  std::vector<ConfigFile> files;
  for (const std::string& file : flags.policy_config) files.push_back({file, FileWatch::Fingerprint(file)});
  context.config = load();
  std::cerr << context.config.issues.Text();
  if (!context.config.ok()) return 2;
  if (!context.config.refusal.empty()) {
    std::cerr << context.config.file << ": " << context.config.refusal << "\n";
    return 2;
  }
  absl::StatusOr<std::filesystem::path> state_dir = MakeStateDir(context.config.edge.state_dir, environment);
  if (!state_dir.ok()) return fail(state_dir.status());
  context.state_dir = *std::move(state_dir);
  context.logger = std::make_unique<telemetry::JsonLogger>(context.clock, context.config.edge.log_level);
  if (simulator) {
    context.logger->Warning("no provider: answers come from the built-in simulator",
                            {{"url", simulator->url()}});
  }
  const absl::StatusOr<int> served = Serve(kind, context, files, load, signals);
  if (served.ok()) return *served;
  if (!NamesPolicy(served.status())) return fail(served.status());
  context.config.issues = {};  // they are told already
  AddCompileProblem(served.status(), &context.config);
  std::cerr << context.config.issues.Text();
  return 2;
}

}  // namespace portcullis::app
