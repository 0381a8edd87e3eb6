// `services.tls`: how gRPC between the processes is protected.
#pragma once

#include <string>
#include <vector>

#include "libs/config/document.h"
#include "libs/config/issues.h"
#include "libs/config/schema.h"

namespace portcullis::app {

// Names in certificates (DNS names and URIs of the subject alternative names), by what they may do.
struct TlsIdentities {
  std::vector<std::string> edge = {"portcullis-edge"};
  std::vector<std::string> policy = {"portcullis-policy"};
  std::vector<std::string> router = {"portcullis-router"};
  std::vector<std::string> audit = {"portcullis-audit"};
  std::vector<std::string> client = {"portcullis-client"};
  std::vector<std::string> op = {"portcullis-operator"};
};

struct TlsSettings {
  std::string certificate_file;  // all three, or none: then gRPC is plaintext
  std::string key_file;
  std::string ca_file;
  TlsIdentities identities;
  bool allow_plaintext = false;  // off loopback
};

config::Schema<TlsSettings> TlsSchema();

// Reports a set of files that is not whole.
void CheckTls(const config::Document& document, const TlsSettings& settings, config::Issues& issues);

}  // namespace portcullis::app
