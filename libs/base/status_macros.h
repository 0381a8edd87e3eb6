// RETURN_IF_ERROR(expr) and ASSIGN_OR_RETURN(lhs, expr) for absl::Status and absl::StatusOr,
// in the shape of Abseil's own (which Debian 12's Abseil does not carry yet).
#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define PORTCULLIS_CONCAT_INNER(a, b) a##b
#define PORTCULLIS_CONCAT(a, b) PORTCULLIS_CONCAT_INNER(a, b)

#define RETURN_IF_ERROR(expr)                                         \
  do {                                                                \
    if (absl::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL(PORTCULLIS_CONCAT(status_or_, __LINE__), lhs, expr)

#define ASSIGN_OR_RETURN_IMPL(tmp, lhs, expr)    \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)
