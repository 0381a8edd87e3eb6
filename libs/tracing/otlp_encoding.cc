#include "libs/tracing/otlp_encoding.h"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <variant>

#include "libs/wire/wire_reader.h"
#include "libs/wire/wire_writer.h"

namespace portcullis::tracing {
namespace {

using telemetry::AttributeValue;
using telemetry::Span;
using telemetry::SpanKind;
using wire::WireReader;
using wire::WireWriter;

constexpr std::string_view kScope = "portcullis";

// Field numbers, by message.
namespace request {
constexpr int kResourceSpans = 1;
}
namespace resource_spans {
constexpr int kResource = 1, kScopeSpans = 2;
}
namespace resource_fields {
constexpr int kAttributes = 1;
}
namespace scope_spans {
constexpr int kScopeOf = 1, kSpans = 2;
}
namespace scope_fields {
constexpr int kName = 1;
}
namespace span_fields {
constexpr int kTraceId = 1, kSpanId = 2, kParentSpanId = 4, kName = 5, kKind = 6, kStartNanos = 7,
              kEndNanos = 8, kAttributes = 9, kEvents = 11, kStatus = 15;
}
namespace event_fields {
constexpr int kTimeNanos = 1, kName = 2;
}
namespace status_fields {
constexpr int kCode = 3;
constexpr uint64_t kError = 2;
}  // namespace status_fields
namespace key_value {
constexpr int kKey = 1, kValue = 2;
}
namespace any_value {
constexpr int kString = 1, kBool = 2, kInt = 3, kDouble = 4, kArray = 5;
}
namespace array_value {
constexpr int kValues = 1;
}
namespace response {
constexpr int kPartialSuccess = 1;
}
namespace partial_success {
constexpr int kRejectedSpans = 1;
}

uint64_t Nanos(base::SystemTime time) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

uint64_t KindOf(SpanKind kind) {
  switch (kind) {
    case SpanKind::kInternal:
      return 1;
    case SpanKind::kServer:
      return 2;
    case SpanKind::kClient:
      return 3;
  }
  return 0;
}

template <size_t kSize>
std::string_view BytesOf(const std::array<uint8_t, kSize>& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

void WriteText(WireWriter& out, std::string_view text) {
  out.Text(any_value::kString, text.substr(0, kMaxAttributeBytes));
}

void WriteValue(WireWriter& out, const AttributeValue& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::decay_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, std::string>) {
          WriteText(out, held);
        } else if constexpr (std::is_same_v<Held, bool>) {
          out.NumberAlways(any_value::kBool, held ? 1 : 0);
        } else if constexpr (std::is_same_v<Held, int64_t>) {
          out.NumberAlways(any_value::kInt, static_cast<uint64_t>(held));
        } else if constexpr (std::is_same_v<Held, double>) {
          out.DoubleAlways(any_value::kDouble, held);
        } else {
          out.Message(any_value::kArray, [&] {
            for (const std::string& text : held)
              out.Message(array_value::kValues, [&] { WriteText(out, text); });
          });
        }
      },
      value);
}

template <typename WriteValueOf>
void WriteAttribute(WireWriter& out, int field, std::string_view name, WriteValueOf&& write) {
  out.Message(field, [&] {
    out.Text(key_value::kKey, name);
    out.Message(key_value::kValue, write);
  });
}

void WriteSpan(WireWriter& out, const Span& span) {
  namespace f = span_fields;
  out.Bytes(f::kTraceId, BytesOf(span.trace_id));
  out.Bytes(f::kSpanId, BytesOf(span.id));
  if (span.parent_id != decltype(span.parent_id){}) out.Bytes(f::kParentSpanId, BytesOf(span.parent_id));
  out.Text(f::kName, std::string_view(span.name).substr(0, kMaxAttributeBytes));
  out.Number(f::kKind, KindOf(span.kind));
  out.Fixed64(f::kStartNanos, Nanos(span.start));
  out.Fixed64(f::kEndNanos, Nanos(span.end));
  for (const auto& [name, value] : span.attributes)
    WriteAttribute(out, f::kAttributes, name, [&, &held = value] { WriteValue(out, held); });
  for (const telemetry::SpanEvent& event : span.events) {
    out.Message(f::kEvents, [&] {
      out.Fixed64(event_fields::kTimeNanos, Nanos(event.time));
      out.Text(event_fields::kName, event.name);
    });
  }
  if (span.failed) out.Message(f::kStatus, [&] { out.Number(status_fields::kCode, status_fields::kError); });
}

// The value of the first field with this tag; "" = there is none.
std::string_view FieldOf(std::string_view message, uint32_t wanted) {
  WireReader reader(message);
  std::string_view value;
  for (uint32_t tag = 0; !reader.done() && reader.Tag(&tag);) {
    if (tag == wanted) return reader.View(&value) ? value : std::string_view();
    if (!reader.Skip(tag)) break;
  }
  return {};
}

}  // namespace

std::string EncodeRequest(const Resource& resource, absl::Span<const Span> spans) {
  std::string bytes;
  WireWriter out(&bytes);
  out.Message(request::kResourceSpans, [&] {
    out.Message(resource_spans::kResource, [&] {
      for (const auto& [name, value] : resource)
        WriteAttribute(out, resource_fields::kAttributes, name, [&, &text = value] { WriteText(out, text); });
    });
    out.Message(resource_spans::kScopeSpans, [&] {
      out.Message(scope_spans::kScopeOf, [&] { out.Text(scope_fields::kName, kScope); });
      for (const Span& span : spans) out.Message(scope_spans::kSpans, [&] { WriteSpan(out, span); });
    });
  });
  return bytes;
}

uint64_t RejectedSpans(std::string_view response_bytes, uint64_t sent) {
  const std::string_view partial = FieldOf(response_bytes, WireReader::TextTag(response::kPartialSuccess));
  WireReader reader(partial);
  uint32_t tag = 0;
  int64_t rejected = 0;
  while (!reader.done() && reader.Tag(&tag)) {
    if (tag == WireReader::NumberTag(partial_success::kRejectedSpans)) {
      if (!reader.Number(&rejected)) return 0;
    } else if (!reader.Skip(tag)) {
      return 0;
    }
  }
  return std::min(static_cast<uint64_t>(std::max<int64_t>(rejected, 0)), sent);
}

}  // namespace portcullis::tracing
