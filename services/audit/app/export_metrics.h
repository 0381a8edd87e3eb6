// The metrics of what the audit service sends on to Kafka.
#pragma once

#include "libs/telemetry/api/metrics.h"

namespace portcullis::audit {

inline constexpr telemetry::MetricDescription kKafkaSentTotal = {
    "portcullis_audit_kafka_sent_total", telemetry::MetricType::kCounter,
    "Records that the brokers acknowledged, those sent again among them.", ""};
inline constexpr telemetry::MetricDescription kKafkaErrorsTotal = {
    "portcullis_audit_kafka_errors_total", telemetry::MetricType::kCounter,
    "Errors of the export to Kafka, by where: broker, store (records could not be read), cursor (its file), "
    "record "
    "(one that cannot be read and is passed over). All but the last are tried again.",
    "at"};
inline constexpr telemetry::MetricDescription kKafkaPosition = {
    "portcullis_audit_kafka_position", telemetry::MetricType::kGauge,
    "Row of the log up to which the brokers acknowledged everything.", ""};
inline constexpr telemetry::MetricDescription kKafkaLagSeconds = {
    "portcullis_audit_kafka_lag_seconds", telemetry::MetricType::kGauge,
    "Age of the oldest record that was read for Kafka and is not acknowledged; 0 = there is none.", ""};

}  // namespace portcullis::audit
