#include "services/audit/app/kafka_settings.h"

#include <algorithm>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"
#include "libs/config/secret_variable.h"

namespace portcullis::audit {

using config::Schema;
using S = KafkaSettings;

namespace {

constexpr char kPath[] = "services.audit.kafka";
constexpr double kMaxTopic = 249;  // Kafka's own limit
constexpr size_t kMaxBrokers = 64;

std::string CheckTopic(std::string_view topic) {
  const bool good = std::all_of(topic.begin(), topic.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  return good && topic != "." && topic != ".." ? ""
                                               : "a topic's name has letters, digits, '.', '_' and '-' alone";
}

std::string CheckBroker(std::string_view address) {
  if (address.ends_with(":0")) return "a broker has a port, 9092 most often";
  return address.find(',') == address.npos ? config::CheckAddress(address)
                                           : "write each broker as an item of its own";
}

Schema<KafkaTls> TlsSchema() {
  using T = KafkaTls;
  Schema<T> schema("TLS to the brokers; `tls: {}` trusts the system's CAs.");
  const auto file = [&](const char* key, std::string T::*member, const char* doc) {
    schema.String(key, member,
                  {.doc = doc,
                   .max = 4096,
                   .needs_restart = true,
                   .check = config::CheckOneLine,
                   .default_doc = "none"});
  };
  file("ca_file", &T::ca_file,
       "PEM file of the CAs that sign the brokers' certificates, in place of the system's.");
  file("certificate_file", &T::certificate_file, "PEM file: the certificate to show to the brokers.");
  file("key_file", &T::key_file, "PEM file: its key.");
  return schema;
}

Schema<SaslPasswordRef> PasswordSchema() {
  Schema<SaslPasswordRef> schema("Where the password is.");
  schema.String("env", &SaslPasswordRef::env,
                {.doc = "Name of the environment variable that holds it.",
                 .max = 200,
                 .required = true,
                 .check = config::CheckVariableName,
                 .example = "env: KAFKA_PASSWORD"});
  return schema;
}

Schema<KafkaSasl> SaslSchema() {
  using A = KafkaSasl;
  Schema<A> schema("Who the audit service is to the brokers, by SASL.");
  schema
      .Enum("mechanism", &A::mechanism,
            {{"plain", SaslMechanism::kPlain, "the password itself is sent: with `tls` alone."},
             {"scram-sha-256", SaslMechanism::kScramSha256, "RFC 7677."},
             {"scram-sha-512", SaslMechanism::kScramSha512, "the same with SHA-512."}},
            {.doc = "How the password is shown.", .needs_restart = true})
      .String("username", &A::username,
              {.doc = "The user.", .max = 500, .needs_restart = true, .check = config::CheckOneLine})
      .Section("secret_key_ref", &A::password_ref, PasswordSchema(),
               {.needs_restart = true, .example = "secret_key_ref: {env: KAFKA_PASSWORD}"});
  return schema;
}

const char* NameOf(KafkaCompression compression) {
  switch (compression) {
    case KafkaCompression::kNone:
      return "none";
    case KafkaCompression::kGzip:
      return "gzip";
    case KafkaCompression::kLz4:
      return "lz4";
    case KafkaCompression::kSnappy:
      return "snappy";
    case KafkaCompression::kZstd:
      return "zstd";
  }
  return "none";
}

const char* NameOf(SaslMechanism mechanism) {
  switch (mechanism) {
    case SaslMechanism::kPlain:
      return "PLAIN";
    case SaslMechanism::kScramSha256:
      return "SCRAM-SHA-256";
    case SaslMechanism::kScramSha512:
      return "SCRAM-SHA-512";
  }
  return "";
}

}  // namespace

Schema<S> KafkaSchema() {
  Schema<S> schema(
      "Kafka, to which the audit service sends each record as its request ends, at least once. See "
      "docs/audit.md.");
  schema
      .Strings("brokers", &S::brokers,
               {.doc = "Addresses of brokers to ask for the others. Without any, nothing is sent.",
                .needs_restart = true,
                .check = CheckBroker,
                .max_items = kMaxBrokers,
                .example = "brokers: [\"kafka-0.kafka:9092\"]"})
      .String(
          "topic", &S::topic,
          {.doc =
               "The topic that records go to; best made beforehand, with as many partitions as are wanted.",
           .max = kMaxTopic,
           .needs_restart = true,
           .check = CheckTopic,
           .example = "topic: portcullis-audit"})
      .Enum("compression", &S::compression,
            {{"none", KafkaCompression::kNone, ""},
             {"gzip", KafkaCompression::kGzip, ""},
             {"lz4", KafkaCompression::kLz4, ""},
             {"snappy", KafkaCompression::kSnappy, ""},
             {"zstd", KafkaCompression::kZstd, ""}},
            {.doc = "Of batches, on the way and in the topic.", .needs_restart = true})
      .Section("tls", &S::tls, TlsSchema(), {.needs_restart = true})
      .Section("sasl", &S::sasl, SaslSchema(), {.needs_restart = true});
  return schema;
}

void ResolveKafka(const config::Document& document, const config::Environment& environment, S& settings,
                  config::Issues& issues) {
  const auto report = [&](config::Severity severity, const char* code, const char* key, std::string message,
                          std::string suggestion) {
    const std::string path = base::StrCat(kPath, key);
    document.Report(issues, severity, code, path, document.LocateValue(path), std::move(message),
                    std::move(suggestion));
  };
  using config::Severity;
  if (settings.brokers.empty()) {
    if (!settings.topic.empty() && document.Find(base::StrCat(kPath, ".brokers")) == nullptr) {
      report(Severity::kWarning, config::code::kDoesNotRun, ".topic",
             "services.audit.kafka has no effect: it names no brokers", "write brokers: [\"HOST:9092\"]");
    }
    return;
  }
  const bool topic_named =  // perhaps with what cannot be, which is told
      !settings.topic.empty() || document.Find(base::StrCat(kPath, ".topic")) != nullptr;
  if (!topic_named) {
    report(Severity::kError, config::code::kMissing, ".brokers",
           "services.audit.kafka has brokers and no topic", "write topic: portcullis-audit");
  }
  if (settings.tls && settings.tls->certificate_file.empty() != settings.tls->key_file.empty()) {
    report(Severity::kError, config::code::kMissing, ".tls",
           "services.audit.kafka.tls has one of certificate_file and key_file: they go together",
           "write both");
  }
  if (!settings.sasl) return;
  if (settings.sasl->username.empty()) {
    report(Severity::kError, config::code::kMissing, ".sasl", "services.audit.kafka.sasl does not say who",
           "write username: NAME");
  }
  if (!settings.tls && settings.sasl->mechanism == SaslMechanism::kPlain) {
    report(Severity::kError, config::code::kConflict, ".sasl",
           "services.audit.kafka.sasl: mechanism plain without tls sends the password for all to read",
           "write tls: {} or mechanism: scram-sha-512");
  }
  const config::SecretVariable found = config::ReadSecret(environment, settings.sasl->password_ref.env);
  settings.password = config::Secret(found.value);
  if (found.value.empty()) {
    report(Severity::kWarning, config::code::kMissingKey, ".sasl",
           base::StrCat("the brokers will refuse services.audit.kafka.sasl: ", found.problem), found.remedy);
  }
}

kafka::KafkaOptions KafkaOptionsOf(const S& settings) {
  kafka::KafkaOptions options;
  for (const std::string& broker : settings.brokers) {
    options.brokers += base::StrCat(options.brokers.empty() ? "" : ",", broker);
  }
  options.topic = settings.topic;
  options.compression = NameOf(settings.compression);
  if (settings.tls) {
    options.tls = true;
    options.ca_file = settings.tls->ca_file;
    options.certificate_file = settings.tls->certificate_file;
    options.key_file = settings.tls->key_file;
  }
  if (settings.sasl) {
    options.sasl_mechanism = NameOf(settings.sasl->mechanism);
    options.username = settings.sasl->username;
    options.password = settings.password.Reveal();
  }
  return options;
}

}  // namespace portcullis::audit
