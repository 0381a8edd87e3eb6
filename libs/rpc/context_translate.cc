#include "libs/rpc/context_translate.h"

#include <algorithm>
#include <string>

#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace portcullis::rpc {
namespace {

constexpr size_t kMaxNameBytes = 1024;  // tenant, principal, user
constexpr uint64_t kMaxRemainingUs = 24ull * 3600 * 1'000'000;

absl::Status CheckName(std::string_view field, const std::string& value) {
  if (value.size() > kMaxNameBytes) {
    return absl::InvalidArgumentError(base::StrCat("context.", field, " has ", value.size(),
                                                   " bytes; at most ", kMaxNameBytes, " are allowed"));
  }
  const bool control =
      std::any_of(value.begin(), value.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (control)
    return absl::InvalidArgumentError(base::StrCat("context.", field, " holds control characters"));
  return absl::OkStatus();
}

}  // namespace

void ContextToProto(const base::RequestContext& context, base::MonotonicTime now,
                    common::v1::RequestContext& out) {
  if (!context.request_id.empty()) out.set_request_id(context.request_id);
  if (!context.tenant.empty()) out.set_tenant(context.tenant);
  if (!context.principal.empty()) out.set_principal(context.principal);
  if (!context.user.empty()) out.set_user(context.user);
  if (!context.traceparent.empty()) out.set_traceparent(context.traceparent);
  if (context.deadline == base::MonotonicTime{}) return;
  const auto left = std::chrono::duration_cast<std::chrono::microseconds>(context.deadline - now).count();
  out.set_remaining_us(static_cast<uint64_t>(std::max<int64_t>(left, 1)));
}

absl::StatusOr<base::RequestContext> ContextFromProto(const common::v1::RequestContext& proto,
                                                      base::MonotonicTime now) {
  if (!proto.request_id().empty() && !base::IsValidRequestId(proto.request_id())) {
    return absl::InvalidArgumentError("context.request_id must be 1 to 128 of [A-Za-z0-9._:-]");
  }
  RETURN_IF_ERROR(CheckName("tenant", proto.tenant()));
  RETURN_IF_ERROR(CheckName("principal", proto.principal()));
  RETURN_IF_ERROR(CheckName("user", proto.user()));
  base::RequestContext context;
  context.request_id = proto.request_id();
  context.tenant = proto.tenant();
  context.principal = proto.principal();
  context.user = proto.user();
  if (base::IsValidTraceparent(proto.traceparent())) context.traceparent = proto.traceparent();
  if (proto.remaining_us() > 0) {
    context.deadline = now + std::chrono::microseconds(std::min(proto.remaining_us(), kMaxRemainingUs));
  }
  return context;
}

absl::StatusOr<base::RequestContext> ContextFromCall(const common::v1::RequestContext& proto,
                                                     const grpc::ServerContextBase& call,
                                                     base::MonotonicTime now) {
  absl::StatusOr<base::RequestContext> context = ContextFromProto(proto, now);
  const gpr_timespec deadline = call.raw_deadline();
  if (!context.ok() || gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return context;
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  const base::MonotonicTime at =
      now + std::chrono::seconds(std::clamp<int64_t>(left.tv_sec, -1, kMaxRemainingUs / 1'000'000)) +
      std::chrono::nanoseconds(left.tv_nsec);
  if (context->deadline == base::MonotonicTime{} || at < context->deadline) context->deadline = at;
  return context;
}

}  // namespace portcullis::rpc
