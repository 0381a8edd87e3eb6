#include "apps/config/tls_settings.h"

#include <array>
#include <utility>

#include "libs/base/strings.h"
#include "libs/config/checks.h"
#include "libs/config/codes.h"

namespace portcullis::app {
namespace {

using config::Schema;

constexpr size_t kMaxNames = 64;
constexpr double kMaxNameBytes = 2048;  // of a URI in a certificate

std::string CheckName(std::string_view name) {
  if (name.empty()) return "a name in a certificate is not empty";
  if (name.find('*') != name.npos) return "names are compared whole: write each out, without *";
  return config::CheckOneLine(name);
}

Schema<TlsIdentities> IdentitiesSchema() {
  using I = TlsIdentities;
  Schema<I> schema(
      "Which DNS names and URIs of certificates (subject alternative names) stand for whom. See docs/tls.md "
      "for what "
      "each may call.");
  const auto declare = [&](const char* key, std::vector<std::string> I::*member, const char* doc) {
    schema.Strings(key, member,
                   {.doc = doc,
                    .max = kMaxNameBytes,
                    .needs_restart = true,
                    .check = CheckName,
                    .max_items = kMaxNames});
  };
  declare("edge", &I::edge, "The edge.");
  declare("policy", &I::policy, "The policy service.");
  declare("router", &I::router, "The router.");
  declare("audit", &I::audit, "The audit service.");
  declare("client", &I::client, "Clients of the edge's gRPC front door.");
  declare("operator", &I::op, "People who read the audit log; clients, too.");
  return schema;
}

}  // namespace

Schema<TlsSettings> TlsSchema() {
  using T = TlsSettings;
  Schema<T> schema("Mutual TLS of all gRPC. The three files go together; without them gRPC is plaintext.");
  const auto file = [&](const char* key, std::string T::*member, const char* doc) {
    schema.String(key, member,
                  {.doc = doc,
                   .max = 4096,
                   .needs_restart = true,
                   .check = config::CheckOneLine,
                   .default_doc = "none"});
  };
  file("certificate_file", &T::certificate_file,
       "PEM: the certificate of this process, then its intermediates.");
  file("key_file", &T::key_file, "PEM: its key, without a password.");
  file("ca_file", &T::ca_file, "PEM: the CAs that peers' certificates must come from.");
  schema.Section("identities", &T::identities, IdentitiesSchema());
  schema.Bool(
      "allow_plaintext", &T::allow_plaintext,
      {.doc = "Without certificates: gRPC may leave the machine in plaintext. For networks that encrypt by "
              "themselves.",
       .needs_restart = true});
  return schema;
}

void CheckTls(const config::Document& document, const TlsSettings& settings, config::Issues& issues) {
  const std::array<std::pair<const char*, const std::string*>, 3> files = {
      {{"certificate_file", &settings.certificate_file},
       {"key_file", &settings.key_file},
       {"ca_file", &settings.ca_file}}};
  std::string missing;
  std::string present;
  for (const auto& [key, value] : files) {
    std::string& list = value->empty() ? missing : present;
    list += base::StrCat(list.empty() ? "" : " and ", key);
  }
  if (missing.empty() || present.empty()) return;
  const std::string path = "services.tls";
  document.Report(issues, config::Severity::kError, config::code::kMissing, path, document.LocateValue(path),
                  base::StrCat("there is ", present, ", but no ", missing),
                  "give all three (or their flags --tls-certificate, --tls-key, --tls-ca), or none");
}

}  // namespace portcullis::app
