#include "apps/sim/fault_reply.h"

#include <string_view>

#include "libs/base/strings.h"

namespace portcullis::sim {
namespace {

// Which event of the stream is spoilt: the third, or the last of a shorter stream.
constexpr size_t kSpoiltEvent = 2;

// Replaces bytes [from, to) of the body and moves the events' ends along.
void Replace(Reply& reply, size_t from, size_t to, std::string_view text) {
  reply.body.replace(from, to - from, text);
  for (EventEnd& end : reply.ends) {
    if (end.offset >= to) end.offset = end.offset - (to - from) + text.size();
  }
}

void SpoilWhole(Reply& reply) { reply.body.resize(reply.body.size() - reply.body.size() / 3); }

void SpoilEvent(Reply& reply, bool sse) {
  if (reply.ends.empty()) return;
  const size_t event = std::min(kSpoiltEvent, reply.ends.size() - 1);
  const size_t from = event == 0 ? 0 : reply.ends[event - 1].offset;
  const size_t to = reply.ends[event].offset;
  if (sse) {
    Replace(reply, from, to, "dta {\"id\" this line is no field of an event\nid: \x01\n:\n\n");
  } else {
    const std::string half = reply.body.substr(from, (to - from) / 2);
    Replace(reply, from, to, half + "\n\n");
  }
}

void Spoil(const Fault& fault, Reply& reply) {
  if (!fault.malformed_json && !fault.malformed_sse) return;
  if (reply.stream) {
    SpoilEvent(reply, fault.malformed_sse);
  } else {
    SpoilWhole(reply);
  }
}

void SetPlainBody(Reply& reply, std::string_view body) {
  reply.status = 200;
  reply.stream = false;
  reply.ends.clear();
  reply.body = body;
}

}  // namespace

std::optional<ApiError> RefusalOf(const Fault& fault, Provider provider) {
  if (fault.status != 0) return StatusError(provider, fault.status);
  if (fault.content_filter) return ContentFiltered(provider);
  if (fault.context) return ContextTooLong(provider, 1);
  return std::nullopt;
}

void ApplyFault(const Fault& fault, Reply& reply) {
  Spoil(fault, reply);
  if (fault.empty) SetPlainBody(reply, "");
  if (fault.wrong_type) {
    SetPlainBody(reply, "<html><head><title>Sign in</title></head><body>Please sign in.</body></html>");
    reply.content_type = "text/html";
  }
  if (fault.retry_after) reply.extra_headers += base::StrCat("Retry-After: ", *fault.retry_after, "\r\n");
  Delivery& delivery = reply.delivery;
  delivery.delay += fault.delay;
  delivery.drip = fault.drip;
  delivery.packet = fault.packet;
  delivery.reset_before_head = fault.reset;
  if (fault.stall) {
    delivery.body_limit = reply.body.size() / 2;
    delivery.early_end = EarlyEnd::kStall;
  }
  if (fault.close) {
    delivery.body_limit = *fault.close;
    delivery.early_end = EarlyEnd::kFin;
  }
  if (fault.cut) {
    delivery.body_limit = *fault.cut;
    delivery.early_end = EarlyEnd::kReset;
  }
}

}  // namespace portcullis::sim
