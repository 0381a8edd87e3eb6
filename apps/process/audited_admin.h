// The router's targets for operators, whose actions are counted and recorded.
#pragma once

#include <string_view>
#include <vector>

#include "apps/process/operator_actions.h"
#include "services/router/api/router_api.h"

namespace portcullis::app {

// Thread-safe. `targets` and `actions` outlive it.
class AuditedAdmin final : public router::RouterAdmin {
 public:
  AuditedAdmin(router::RouterAdmin& targets, OperatorActions& actions)
      : targets_(targets), actions_(actions) {}

  std::vector<router::TargetStatus> TargetsNow() const override { return targets_.TargetsNow(); }

  // The errors of the admin behind it and those of OperatorActions::Do.
  absl::Status Control(std::string_view target, router::TargetAction action,
                       const router::OperatorCall& by) override {
    return actions_.Do({router::TargetActionName(action), target}, by,
                       [&] { return targets_.Control(target, action, by); });
  }

  absl::Status SetWeights(const router::TargetWeights& weights, const router::OperatorCall& by) override {
    return actions_.Do({"set_weights", TargetOf(weights)}, by,
                       [&] { return targets_.SetWeights(weights, by); });
  }

 private:
  // "weights/large=70,other=30"
  static std::string TargetOf(const router::TargetWeights& weights);

  router::RouterAdmin& targets_;
  OperatorActions& actions_;
};

}  // namespace portcullis::app
