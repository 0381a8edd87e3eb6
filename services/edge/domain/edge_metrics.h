// The metrics of the edge, declared once; docs/metrics.md is made from this table.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::edge {

using telemetry::MetricDescription;
using telemetry::MetricType;

inline constexpr MetricDescription kRequestsTotal{"portcullis_requests_total", MetricType::kCounter,
                                                  "Requests answered, by endpoint, HTTP status and verdict.",
                                                  "endpoint,status,verdict"};
inline constexpr MetricDescription kRequestDuration{
    "portcullis_request_duration_seconds", MetricType::kHistogram,
    "From the first byte of a request to the last byte of its answer.", "endpoint"};
inline constexpr MetricDescription kOverhead{"portcullis_overhead_seconds", MetricType::kHistogram,
                                             "Time that the gateway itself added: whole answers without the "
                                             "upstream's time, streams up to the first byte.",
                                             "endpoint"};
inline constexpr MetricDescription kTimeToFirstToken{
    "portcullis_time_to_first_token_seconds", MetricType::kHistogram,
    "From the request to the first text of a stream leaving the gateway.", "endpoint"};
inline constexpr MetricDescription kInterToken{"portcullis_inter_token_seconds", MetricType::kHistogram,
                                               "Gap between two writes of a stream.", "endpoint"};
inline constexpr MetricDescription kTokensTotal{"portcullis_tokens_total", MetricType::kCounter,
                                                "Tokens by target and direction (prompt, completion).",
                                                "target,direction"};
inline constexpr MetricDescription kCostTotal{"portcullis_cost_usd_total", MetricType::kCounter,
                                              "Cost in USD of answers whose price is known.", "target"};
inline constexpr MetricDescription kCostUnknown{"portcullis_cost_unknown_total", MetricType::kCounter,
                                                "Answers whose price is not known.", "target"};
inline constexpr MetricDescription kQualityScore{"portcullis_quality_score", MetricType::kHistogram,
                                                 "Scores that quality-scorer gave to answers, by target.",
                                                 "target"};
inline constexpr MetricDescription kAskedAgain{
    "portcullis_quality_retries_total", MetricType::kCounter,
    "Answers that quality-scorer had asked for again, by the target whose answer was too low and by what "
    "came of "
    "it: another answer, or none (failed), and the first was judged for good.",
    "target,result"};
inline constexpr MetricDescription kForwardedText{
    "portcullis_forwarded_text_bytes_total", MetricType::kCounter,
    "Bytes of text passed on, by direction (input, output).", "direction"};
inline constexpr MetricDescription kUnscannedText{
    "portcullis_unscanned_text_bytes_total", MetricType::kCounter,
    "Bytes of text that a policy had to see and did not. Anything but 0 is a defect, or what "
    "gateway.fail_mode: allow let pass.",
    "direction"};
inline constexpr MetricDescription kHeldBytes{"portcullis_stream_held_bytes", MetricType::kHistogram,
                                              "Bytes of a stream held back after each piece.", ""};
inline constexpr MetricDescription kInFlight{"portcullis_in_flight_requests", MetricType::kGauge,
                                             "Requests being handled.", ""};
inline constexpr MetricDescription kAuditFailures{
    "portcullis_audit_write_failures_total", MetricType::kCounter,
    "Audit leaves that could not be written, by what the request got (blocked, allowed).", "result"};
inline constexpr MetricDescription kContents{"portcullis_audit_contents_total", MetricType::kCounter,
                                             "Texts captured for the audit log, by direction (input, "
                                             "output): whole, truncated, or refused because in the "
                                             "form redacted a request is kept only if it went on.",
                                             "direction,result"};
inline constexpr MetricDescription kContentBytes{"portcullis_audit_content_bytes_total", MetricType::kCounter,
                                                 "Bytes of text captured for the audit log.", "direction"};
inline constexpr MetricDescription kPolicyReopened{
    "portcullis_policy_reopened_total", MetricType::kCounter,
    "Checks of requests that were sent again, because the connection to the policy service was lost.", ""};
inline constexpr MetricDescription kDepartures{
    "portcullis_client_departures_total", MetricType::kCounter,
    "Clients that left before their answer was complete, by phase.", "phase"};

}  // namespace portcullis::edge
