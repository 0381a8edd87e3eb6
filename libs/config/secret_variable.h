// Keys and passwords that the environment holds.
#pragma once

#include <string>

#include "libs/config/environment.h"

namespace portcullis::config {

struct SecretVariable {
  std::string value;    // without blanks around it; "" = there is none that can be used
  std::string problem;  // then: "the environment variable NAME is not set"
  std::string remedy;   // and what to do about it
  std::string place;    // "environment variable NAME"
};

// The secret in the variable `name`. No text but `value` holds a byte of it; a name that looks like the key
// itself is not told either.
SecretVariable ReadSecret(const Environment& environment, const std::string& name);

}  // namespace portcullis::config
