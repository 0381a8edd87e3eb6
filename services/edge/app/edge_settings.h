// The edge's part of policy-config.yaml: `gateway`.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/config/schema.h"
#include "libs/telemetry/api/logger.h"
#include "services/edge/app/axonflow_settings.h"
#include "services/edge/domain/block_stream.h"

namespace portcullis::edge {

enum class FailMode { kBlock, kAllow };

// From where the admin port of every process takes changes.
enum class AdminChanges { kThisMachine, kAnywhere };

struct EdgeLimits {
  uint64_t max_body_bytes = 32ull << 20;      // of a request
  uint64_t max_response_bytes = 64ull << 20;  // of a whole (not streamed) answer
  uint32_t max_header_bytes = 32u << 10;      // of a request, all headers
  uint32_t max_json_depth = 64;
  uint32_t max_messages = 10'000;
  std::chrono::milliseconds read_timeout{30'000};        // to read a request, from its first byte
  std::chrono::milliseconds request_timeout{3'600'000};  // of a whole request, its stream included
  std::chrono::milliseconds idle_timeout{75'000};        // of a connection between requests
  uint32_t max_connections = 10'000;                     // per process
  uint32_t max_in_flight = 2'000;                        // requests, per process
};

// Addresses of the other services, for an edge that is a process of its own. Each is resolved again from time
// to time, so one name may stand for many replicas.
struct Peers {
  std::vector<std::string> policy = {"127.0.0.1:41011"};
  std::vector<std::string> router = {"127.0.0.1:41021"};
  std::vector<std::string> audit = {"127.0.0.1:41031"};
  std::chrono::milliseconds policy_timeout{10'000};  // of one step of an exchange
};

struct EdgeSettings {
  std::vector<std::string> listen = {"0.0.0.0:41002"};  // HTTP; port 0 = any free one
  std::string grpc_listen = "127.0.0.1:41003";
  std::string admin_listen = "127.0.0.1:41009";
  AdminChanges admin_changes = AdminChanges::kThisMachine;
  uint32_t workers = 0;   // 0 = as many as cores
  std::string state_dir;  // empty = chosen at start
  EdgeLimits limits;
  int block_status = 400;
  BlockStream block_stream = BlockStream::kError;
  std::chrono::milliseconds drain{30'000};  // how long a stop waits for requests under way
  FailMode fail_mode = FailMode::kBlock;    // when a policy cannot be asked or fails
  Peers peers;
  AxonFlowSettings axonflow;
  telemetry::LogLevel log_level = telemetry::LogLevel::kInfo;
};

// `gateway`.
config::Schema<EdgeSettings> GatewaySchema();

// `size_limits`, as Keeptrusts spells two of the limits.
config::Schema<EdgeSettings> SizeLimitsSchema();

}  // namespace portcullis::edge
