#include "services/edge/app/axonflow_settings.h"

#include <algorithm>

#include "libs/config/checks.h"

namespace portcullis::edge {
namespace {

using config::Schema;

std::string CheckSha256(std::string_view text) {
  const bool hex = text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
                     return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
                   });
  return hex ? "" : "must be 64 lower-case hex digits: printf %s \"$SECRET\" | sha256sum";
}

Schema<AxonFlowClientSettings> ClientSchema() {
  using C = AxonFlowClientSettings;
  Schema<C> schema("Who may call AxonFlow's paths.");
  schema
      .String("id", &C::id,
              {.doc = "The user name of the Basic credentials: AxonFlow's client id.",
               .min = 1,
               .max = 256,
               .required = true,
               .needs_restart = true,
               .check = config::CheckOneLine})
      .String("secret_sha256", &C::secret_sha256,
              {.doc = "SHA-256 of its secret, in hex.",
               .required = true,
               .needs_restart = true,
               .check = CheckSha256});
  return schema;
}

}  // namespace

Schema<AxonFlowSettings> AxonFlowSchema() {
  using S = AxonFlowSettings;
  Schema<S> schema("AxonFlow's API for its own SDKs, on the same listeners: docs/axonflow.md.");
  schema.Bool("enabled", &S::enabled, {.doc = "Whether its paths are served.", .needs_restart = true})
      .Enum("deployment_mode", &S::deployment_mode,
            {{"community", DeploymentMode::kCommunity,
              "nobody needs credentials; those that come only name the caller."},
             {"enterprise", DeploymentMode::kEnterprise, "only `clients` may call, with Basic credentials."}},
            {.doc = "Who may call.", .needs_restart = true})
      .List("clients", &S::clients, ClientSchema(), {.doc = "Known callers.", .max_items = 1'000})
      .String("context_key_file", &S::context_key_file,
              {.doc = "File with 32 bytes or more of a secret with which contexts of pre-checks are sealed; "
                      "the same for "
                      "all edges that serve the same clients.",
               .needs_restart = true,
               .check = config::CheckOneLine,
               .default_doc = "a new key at each start: contexts do not outlive the process"})
      .Seconds("context_ttl_seconds", &S::context_ttl,
               {.doc = "How long a call may be reported after its pre-check.",
                .min = 1,
                .max = 86'400,
                .needs_restart = true});
  return schema;
}

}  // namespace portcullis::edge
