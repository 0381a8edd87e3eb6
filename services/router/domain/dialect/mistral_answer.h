// Mistral's answers as OpenAI's: only `finish_reason: model_length` differs, which becomes `length`.
#pragma once

#include <memory>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

std::unique_ptr<AnswerAdapter> MakeMistralAnswer(bool stream);

}  // namespace portcullis::router
