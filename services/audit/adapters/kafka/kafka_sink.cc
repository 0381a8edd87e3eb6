#include "services/audit/adapters/kafka/kafka_sink.h"

#include <array>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/audit/adapters/kafka/librdkafka.h"

namespace portcullis::audit::kafka {
namespace {

using Property = std::pair<const char*, std::string>;

const char* Protocol(const KafkaOptions& options) {
  if (options.sasl_mechanism.empty()) return options.tls ? "ssl" : "plaintext";
  return options.tls ? "sasl_ssl" : "sasl_plaintext";
}

// Those that are "" keep librdkafka's default.
std::vector<Property> PropertiesOf(const KafkaOptions& options) {
  return {{"bootstrap.servers", options.brokers},
          {"client.id", "portcullis-audit"},
          {"enable.idempotence", "true"},
          {"acks", "all"},
          {"message.timeout.ms", "0"},  // never given up
          {"queue.buffering.max.messages", "10000"},
          {"queue.buffering.max.kbytes", "16384"},
          {"message.max.bytes", "8388608"},  // the topic's own limit decides
          {"linger.ms", "50"},
          {"reconnect.backoff.max.ms", "2000"},
          {"partitioner", "murmur2_random"},  // as Kafka's own clients choose the partition of a key
          {"compression.type", options.compression},
          {"log.connection.close", "false"},
          {"security.protocol", Protocol(options)},
          {"ssl.ca.location", options.ca_file},
          {"ssl.certificate.location", options.certificate_file},
          {"ssl.key.location", options.key_file},
          {"sasl.mechanism", options.sasl_mechanism},
          {"sasl.username", options.username},
          {"sasl.password", options.password}};
}

void* Opaque(uint64_t position) { return reinterpret_cast<void*>(static_cast<uintptr_t>(position)); }
uint64_t PositionOf(const void* opaque) { return reinterpret_cast<uintptr_t>(opaque); }

class KafkaSink final : public RecordSink {
 public:
  KafkaSink(const Librdkafka& api, const KafkaOptions& options)
      : api_(api), topic_(options.topic), log_id_(options.log_id) {}

  ~KafkaSink() override {
    if (producer_ == nullptr) return;
    api_.purge(producer_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    api_.destroy(producer_);
  }

  absl::Status Start(const KafkaOptions& options) {
    rd_kafka_conf_t* const conf = api_.conf_new();
    char why[512] = "";
    for (const auto& [name, value] : PropertiesOf(options)) {
      if (value.empty() || api_.conf_set(conf, name, value.c_str(), why, sizeof(why)) == RD_KAFKA_CONF_OK)
        continue;
      api_.conf_destroy(conf);
      return absl::InvalidArgumentError(base::StrCat("services.audit.kafka: ", name, ": ", why));
    }
    api_.conf_set_opaque(conf, this);
    api_.conf_set_dr_msg_cb(conf, &KafkaSink::OnDelivery);
    api_.conf_set_error_cb(conf, &KafkaSink::OnError);
    api_.conf_set_log_cb(conf, [](const rd_kafka_t*, int, const char*, const char*) {});
    producer_ = api_.create(RD_KAFKA_PRODUCER, conf, why, sizeof(why));  // takes conf
    if (producer_ != nullptr) return absl::OkStatus();
    api_.conf_destroy(conf);
    return absl::InvalidArgumentError(base::StrCat("services.audit.kafka: ", why));
  }

  absl::StatusOr<bool> Send(const SinkRecord& record) override {
    const std::string position = base::StrCat(record.position);
    std::array<rd_kafka_vu_t, 7> fields{};
    fields[0].vtype = RD_KAFKA_VTYPE_TOPIC;
    fields[0].u.cstr = topic_.c_str();
    fields[1] = Memory(RD_KAFKA_VTYPE_KEY, record.key);
    fields[2] = Memory(RD_KAFKA_VTYPE_VALUE, record.value);
    fields[3] = Header("log", log_id_);
    fields[4] = Header("position", position);
    fields[5].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
    fields[5].u.i = RD_KAFKA_MSG_F_COPY;
    fields[6].vtype = RD_KAFKA_VTYPE_OPAQUE;
    fields[6].u.ptr = Opaque(record.position);
    rd_kafka_error_t* const error = api_.produceva(producer_, fields.data(), fields.size());
    if (error == nullptr) return true;
    const rd_kafka_resp_err_t code = api_.error_code(error);
    api_.error_destroy(error);
    if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) return false;
    return absl::UnavailableError(base::StrCat("record ", record.key, " (", record.value.size(),
                                               " bytes) to topic ", topic_, ": ", api_.err2str(code)));
  }

  SinkNews Wait(base::Duration at_most) override {
    const auto millis = std::chrono::ceil<std::chrono::milliseconds>(at_most).count();
    api_.poll(producer_, static_cast<int>(millis));
    return std::exchange(news_, {});
  }

 private:
  static rd_kafka_vu_t Memory(rd_kafka_vtype_t type, std::string_view bytes) {
    rd_kafka_vu_t field{};
    field.vtype = type;
    field.u.mem.ptr = const_cast<char*>(bytes.data());
    field.u.mem.size = bytes.size();
    return field;
  }

  static rd_kafka_vu_t Header(const char* name, std::string_view value) {
    rd_kafka_vu_t field{};
    field.vtype = RD_KAFKA_VTYPE_HEADER;
    field.u.header.name = name;
    field.u.header.val = value.data();
    field.u.header.size = static_cast<ssize_t>(value.size());
    return field;
  }

  // Both are called by Wait.
  static void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    auto& sink = *static_cast<KafkaSink*>(self);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      sink.news_.acknowledged.push_back(PositionOf(message->_private));
    } else if (sink.news_.failure.ok()) {
      sink.news_.failure = absl::UnavailableError(
          base::StrCat("topic ", sink.topic_, ": position ", PositionOf(message->_private), " (",
                       message->len, " bytes): ", sink.api_.err2str(message->err)));
    }
  }

  static void OnError(rd_kafka_t* producer, int code, const char* reason, void* self) {
    auto& sink = *static_cast<KafkaSink*>(self);
    if (code != RD_KAFKA_RESP_ERR__FATAL) {
      if (sink.news_.trouble.empty()) sink.news_.trouble = reason;  // the first says the most
      return;
    }
    char why[512] = "";
    sink.api_.fatal_error(producer, why, sizeof(why));
    sink.news_.failure = absl::UnavailableError(base::StrCat("topic ", sink.topic_, ": ", why));
  }

  const Librdkafka& api_;
  const std::string topic_, log_id_;
  rd_kafka_t* producer_ = nullptr;
  SinkNews news_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RecordSink>> OpenKafkaSink(const KafkaOptions& options) {
  ASSIGN_OR_RETURN(const Librdkafka* const api, LoadLibrdkafka());
  auto sink = std::make_unique<KafkaSink>(*api, options);
  RETURN_IF_ERROR(sink->Start(options));
  return sink;
}

}  // namespace portcullis::audit::kafka
