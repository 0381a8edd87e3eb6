// Records to a topic of Kafka: key = record id, headers `log` and `position`, by an idempotent producer that
// waits for all in-sync replicas. While brokers are away it tries for ever, and up to 10,000 records or 16
// MiB wait.
#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "services/audit/adapters/kafka/kafka_options.h"
#include "services/audit/domain/record_sink.h"

namespace portcullis::audit::kafka {

// Connects in its own time. NOT_FOUND: librdkafka is not there. INVALID_ARGUMENT: it does not take an option.
absl::StatusOr<std::unique_ptr<RecordSink>> OpenKafkaSink(const KafkaOptions& options);

}  // namespace portcullis::audit::kafka
