#include "libs/rpc/health.h"

#include <grpc/support/log.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include <string>
#include <vector>

#include "libs/rpc/channel.h"
#include "libs/rpc/status_map.h"

namespace portcullis::rpc {
namespace {

constexpr char kMethod[] = "/grpc.health.v1.Health/Check";
// HealthCheckResponse with its field 1, `status`, set to SERVING. The request for the whole server is empty.
constexpr char kServing[] = "\x08\x01";

std::string BytesOf(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Valid() || !buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices)
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  return bytes;
}

}  // namespace

absl::Status AskHealth(const std::shared_ptr<grpc::Channel>& channel, std::chrono::milliseconds patience,
                       const base::Clock& clock) {
  grpc::GenericStub stub(channel);
  const auto context = NewClientContext(clock.Monotonic() + patience, clock);
  const grpc::Slice nothing;
  const grpc::ByteBuffer request(&nothing, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(context.get(), kMethod, request, &queue);
  call->StartCall();
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) continue;
  if (!status.ok()) return FromGrpc(status);
  if (BytesOf(response) == kServing) return absl::OkStatus();
  return absl::UnavailableError("it answers that it does not serve");
}

void SilenceLibrary() {
  gpr_set_log_function([](gpr_log_func_args*) {});
}

}  // namespace portcullis::rpc
