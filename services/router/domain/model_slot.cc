#include "services/router/domain/model_slot.h"

#include <utility>

#include "libs/base/strings.h"

namespace portcullis::router {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
constexpr std::string_view kKey = "\"model\":";

}  // namespace

absl::StatusOr<ModelSlot> ModelSlot::Find(std::string_view body, uint32_t begin, uint32_t end) {
  const size_t brace = body.find_first_not_of(kSpace);
  if (brace == body.npos || body[brace] != '{') {
    return absl::InvalidArgumentError("the request body is not a JSON object");
  }
  if (begin == 0 && end == 0) return ModelSlot(brace + 1, brace + 1, "");
  if (begin <= brace || end <= begin || end > body.size()) {
    return absl::InvalidArgumentError(base::StrCat("the place of the model, bytes ", begin, " to ", end,
                                                   ", is not inside the request body of ", body.size(),
                                                   " bytes"));
  }
  return ModelSlot(begin, end, std::string(body.substr(begin, end - begin)));
}

void ModelSlot::Set(std::string_view literal, std::string& body) {
  if (!original_.empty()) {
    body.replace(begin_, end_ - begin_, literal);
    end_ = begin_ + literal.size();
    return;
  }
  Restore(body);
  const size_t next = body.find_first_not_of(kSpace, begin_);
  const bool alone = next == body.npos || body[next] == '}';
  body.insert(begin_, base::StrCat(kKey, literal, alone ? "" : ","));
  end_ = begin_ + kKey.size() + literal.size() + (alone ? 0 : 1);
}

void ModelSlot::Restore(std::string& body) {
  body.replace(begin_, end_ - begin_, original_);
  end_ = begin_ + original_.size();
}

}  // namespace portcullis::router
