// A policy's control, compiled: asked once per exchange whether the policy runs, and per finding whether it
// is excepted.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/policy/api/policy_api.h"
#include "services/policy/domain/control/policy_control.h"
#include "services/policy/domain/direction.h"

namespace portcullis::policy {

// What conditions look at.
struct Circumstances {
  std::string tenant;  // "default" for the default tenant
  std::string model;
  std::vector<Header> headers;
  uint8_t modalities = 0;
  std::string target;  // "" = not known (yet)
  base::SystemTime now{};

  // Of tenants with dynamic policies alone.
  std::string catalog_tenant;  // whose policies count
  std::string user;            // as the client names it
  std::string request_type;
  std::string query;  // the request's texts, folded, a line each; where a condition reads it
};

// A further condition of a gate. Immutable, shared by all threads.
class GateTest {
 public:
  virtual ~GateTest() = default;

  virtual bool Holds(const Circumstances& now) const = 0;
  virtual bool reads_query() const = 0;
};

// Immutable, shared by all threads.
class Gate {
 public:
  // INVALID_ARGUMENT: names the policy, the key and what is wrong. `fail_mode`: where the control has none.
  // `test` may be null.
  static absl::StatusOr<std::unique_ptr<const Gate>> Create(std::string_view kind,
                                                            const PolicyControl& control, FailMode fail_mode,
                                                            std::unique_ptr<const GateTest> test = nullptr);

  const PolicyControl& control() const { return control_; }
  FailMode fail_mode() const { return fail_mode_; }
  bool reads_query() const { return test_ != nullptr && test_->reads_query(); }

  // Whether the policy runs. A target that is not known fits every condition on it.
  bool Runs(const Circumstances& now, Direction direction) const;

  // Whether texts of this role are judged; `by_kind`: what the policy does of itself. Texts of unknown role
  // are nobody's to leave out.
  bool Judges(Role role, bool by_kind) const;

  // The exceptions that are in force.
  std::vector<const PolicyException*> Exceptions(const Circumstances& now) const;

 private:
  explicit Gate(const PolicyControl& control) : control_(control) {}

  PolicyControl control_;
  FailMode fail_mode_ = FailMode::kBlock;
  std::unique_ptr<const GateTest> test_;
  uint8_t roles_ = 0;       // bits by Role; 0 = the kind's own
  uint8_t modalities_ = 0;  // 0 = any
  std::vector<base::SystemTime> expiry_;
};

// Whether `exception` covers a finding of `rule` whose text is `value`.
bool Covers(const PolicyException& exception, std::string_view rule, std::string_view value);

}  // namespace portcullis::policy
