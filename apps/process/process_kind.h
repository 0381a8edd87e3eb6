#pragma once

namespace portcullis::app {

enum class ProcessKind {
  kGateway,  // all in one: `portcullis gateway run`
  kEdge,
  kPolicy,
  kRouter,
  kAudit,
};

}  // namespace portcullis::app
