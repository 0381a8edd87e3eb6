// The metrics of the policy service, declared once; docs/metrics.md is made from this table.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::policy {

inline constexpr telemetry::MetricDescription kPolicyDecisions{
    "portcullis_policy_decisions_total", telemetry::MetricType::kCounter,
    "What a policy did with a request, an answer or a piece of a stream; would_... is what one that only "
    "observes "
    "would have done. Pieces that it allowed are not counted.",
    "policy,action"};
inline constexpr telemetry::MetricDescription kPolicyFailures{
    "portcullis_policy_failures_total", telemetry::MetricType::kCounter,
    "Requests, answers and streams that a policy did not judge in time, by what its fail mode did with them.",
    "policy,fail_mode"};
inline constexpr telemetry::MetricDescription kPolicyDuration{
    "portcullis_policy_duration_seconds", telemetry::MetricType::kHistogram,
    "Time for all policies to check a request, a whole answer or a piece of a stream.", "direction"};
inline constexpr telemetry::MetricDescription kPolicyScanned{
    "portcullis_policy_scanned_bytes_total", telemetry::MetricType::kCounter,
    "Bytes of text that policies examined.", "direction"};
inline constexpr telemetry::MetricDescription kPolicyBundle{
    "portcullis_policy_bundle_info", telemetry::MetricType::kGauge,
    "1 for the compiled policy chain that is in effect, 0 for those before it; the label is its hash.",
    "bundle"};

inline constexpr telemetry::MetricDescription kModerationCalls{
    "portcullis_moderation_calls_total", telemetry::MetricType::kCounter,
    "Calls of external-moderation to its service: ok, timeout, unavailable, malformed (the answer cannot be "
    "read), "
    "busy (too many waited).",
    "provider,outcome"};
inline constexpr telemetry::MetricDescription kModerationDuration{
    "portcullis_moderation_duration_seconds", telemetry::MetricType::kHistogram,
    "Time of a call of external-moderation to its service.", "provider"};
inline constexpr telemetry::MetricDescription kModerationCache{
    "portcullis_moderation_cache_total", telemetry::MetricType::kCounter,
    "Texts that external-moderation looked up among earlier verdicts.", "provider,result"};

inline constexpr telemetry::MetricDescription kCatalogPolicies{
    "portcullis_catalog_policies", telemetry::MetricType::kGauge,
    "Policies that tenants keep by API and that are enabled.", "kind"};
inline constexpr telemetry::MetricDescription kCatalogChanges{
    "portcullis_catalog_changes_total", telemetry::MetricType::kCounter,
    "Changes of policies by API: done, refused (the caller's fault) or failed (the store's).", "kind,result"};

}  // namespace portcullis::policy
