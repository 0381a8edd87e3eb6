// How brokers are reached. No value of these is told in errors but brokers and topic.
#pragma once

#include <string>

namespace portcullis::audit::kafka {

struct KafkaOptions {
  std::string brokers;  // "HOST:PORT,HOST:PORT"; "" = none
  std::string topic;
  std::string compression = "lz4";  // "none", "gzip", "lz4", "snappy", "zstd"
  bool tls = false;
  std::string ca_file;           // PEM; "" = the system's CAs
  std::string certificate_file;  // PEM, the client's; "" = none
  std::string key_file;
  std::string sasl_mechanism;  // "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"; "" = none
  std::string username;
  std::string password;  // secret
  std::string log_id;    // the header "log" of each message
};

}  // namespace portcullis::audit::kafka
