// Azure OpenAI's answers as OpenAI's: events without choices that only tell what a filter thought of the
// prompt are left out. Clients that take the first choice of each event break on them.
#pragma once

#include <memory>

#include "services/router/domain/dialect/dialect.h"

namespace portcullis::router {

std::unique_ptr<AnswerAdapter> MakeAzureAnswer(bool stream);

}  // namespace portcullis::router
