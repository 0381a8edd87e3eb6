#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

std::string_view ActionName(Action action) {
  switch (action) {
    case Action::kAllow:
      return "allow";
    case Action::kRedact:
      return "redact";
    case Action::kEscalate:
      return "escalate";
    case Action::kBlock:
      return "block";
  }
  return "unknown";
}

}  // namespace portcullis::policy
