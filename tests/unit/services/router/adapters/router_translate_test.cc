#include "services/router/adapters/grpc/router_translate.h"

#include <gmock/gmock.h>

namespace portcullis::router {
namespace {

v1::CompleteRequest Request(const std::string& body, uint32_t begin, uint32_t end) {
  v1::CompleteRequest request;
  request.set_operation(v1::OPERATION_EMBEDDINGS);
  request.set_body(body);
  request.set_model_begin(begin);
  request.set_model_end(end);
  return request;
}

absl::StatusCode Code(v1::CompleteRequest request) {
  return CompletionFromProto(request, {}).status().code();
}

TEST(RouterTranslate, TheModelRangeMustEncloseAQuotedString) {
  const std::string body = R"({"model":"abc"})";
  EXPECT_EQ(Code(Request(body, 9, 14)), absl::StatusCode::kOk);
  EXPECT_EQ(Code(Request(body, 0, 0)), absl::StatusCode::kOk);
  EXPECT_EQ(Code(Request(body, 10, 14)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code(Request(body, 14, 9)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code(Request(body, 9, 4000)), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code(Request(body, 9, 10)), absl::StatusCode::kInvalidArgument);
}

TEST(RouterTranslate, RefusesUnknownOperationsAndOverlongNames) {
  v1::CompleteRequest request = Request("{}", 0, 0);
  request.set_operation(static_cast<v1::Operation>(99));
  EXPECT_EQ(Code(request), absl::StatusCode::kInvalidArgument);
  request = Request("{}", 0, 0);
  request.set_model(std::string(3000, 'm'));
  EXPECT_EQ(Code(request), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Code(Request("", 0, 0)), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace portcullis::router
