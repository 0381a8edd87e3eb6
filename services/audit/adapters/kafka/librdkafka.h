// librdkafka's C API, loaded when it is first needed: a service that sends nothing to Kafka pays nothing for
// it, and does not need the library at all.
#pragma once

#include <librdkafka/rdkafka.h>

#include "absl/status/statusor.h"

namespace portcullis::audit::kafka {

struct Librdkafka {
  decltype(&rd_kafka_conf_new) conf_new;
  decltype(&rd_kafka_conf_destroy) conf_destroy;
  decltype(&rd_kafka_conf_set) conf_set;
  decltype(&rd_kafka_conf_set_opaque) conf_set_opaque;
  decltype(&rd_kafka_conf_set_dr_msg_cb) conf_set_dr_msg_cb;
  decltype(&rd_kafka_conf_set_error_cb) conf_set_error_cb;
  decltype(&rd_kafka_conf_set_log_cb) conf_set_log_cb;
  decltype(&rd_kafka_new) create;
  decltype(&rd_kafka_destroy) destroy;
  decltype(&rd_kafka_produceva) produceva;
  decltype(&rd_kafka_poll) poll;
  decltype(&rd_kafka_purge) purge;
  decltype(&rd_kafka_fatal_error) fatal_error;
  decltype(&rd_kafka_err2str) err2str;
  decltype(&rd_kafka_error_code) error_code;
  decltype(&rd_kafka_error_destroy) error_destroy;
};

// Loaded once in a process, for ever. NOT_FOUND: the library is not installed, or lacks a function.
// Thread-safe.
absl::StatusOr<const Librdkafka*> LoadLibrdkafka();

}  // namespace portcullis::audit::kafka
