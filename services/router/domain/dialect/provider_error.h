// What a provider says in the body of an error, for classification and for people.
#pragma once

#include <string>
#include <string_view>

namespace portcullis::router {

struct ProviderError {
  std::string message;  // one line of valid UTF-8, at most 300 bytes; "" when the body says nothing readable
  std::string code;     // "context_length_exceeded", ...; a number is written out; "" when absent
  std::string type;
};

// Reads the shapes of OpenAI ({"error":{"message","type","code"}}) and Mistral ({"message","type","code"},
// {"detail":[{"msg"}]}, {"message":{"detail":[{"msg"}]}}). Anything else has only an empty ProviderError:
// a page of HTML is no message.
ProviderError ParseProviderError(std::string_view body);

// The message with every occurrence of `secret`, and everything that looks like a key, replaced by
// "[hidden]".
std::string HideSecrets(std::string_view message, std::string_view secret);

}  // namespace portcullis::router
