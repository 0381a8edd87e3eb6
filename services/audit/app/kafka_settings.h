// `services.audit.kafka`: brokers that the audit service sends records on to.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/environment.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"
#include "libs/config/secret.h"
#include "services/audit/adapters/kafka/kafka_options.h"

namespace portcullis::audit {

enum class KafkaCompression { kNone, kGzip, kLz4, kSnappy, kZstd };
enum class SaslMechanism { kPlain, kScramSha256, kScramSha512 };

struct KafkaTls {
  std::string ca_file;  // PEM; empty = the system's CAs
  std::string certificate_file;
  std::string key_file;
};

struct SaslPasswordRef {
  std::string env;
};

struct KafkaSasl {
  SaslMechanism mechanism = SaslMechanism::kScramSha512;
  std::string username;
  SaslPasswordRef password_ref;
};

struct KafkaSettings {
  std::vector<std::string> brokers;  // "HOST:PORT"; none = records are not sent
  std::string topic;
  KafkaCompression compression = KafkaCompression::kLz4;
  std::optional<KafkaTls> tls;
  std::optional<KafkaSasl> sasl;
  config::Secret password;  // what ResolveKafka found there
};

config::Schema<KafkaSettings> KafkaSchema();

// What needs more than one key, or the environment: reports what does not fit, and reads the password.
void ResolveKafka(const config::Document& document, const config::Environment& environment,
                  KafkaSettings& settings, config::Issues& issues);

kafka::KafkaOptions KafkaOptionsOf(const KafkaSettings& settings);

}  // namespace portcullis::audit
