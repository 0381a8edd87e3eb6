// Scores the answers of one exchange, whole or as they stream by.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "services/policy/domain/quality/quality_policy.h"

namespace portcullis::policy {

// Why providers ended an answer: a text among the answer's texts, but none of the model's.
bool IsFinishReason(std::string_view text);

// Not thread-safe. The policy must outlive it.
class QualityTap {
 public:
  QualityTap(const QualityPolicy* policy, const std::vector<Segment>& input)
      : policy_(policy), context_(policy->ContextOf(input)) {}

  // Scores the texts of a whole answer: adds findings, and refuses if the policy says so and nothing did
  // before; never if it is `observed`. Returns what the policy did, or would have done.
  Action Judge(const std::vector<Segment>& answer, bool observed, Decision* decision) const;

  // Takes a piece of a stream. Adds the finding when a text is complete.
  void Take(const Piece& piece, std::vector<Finding>* findings);

 private:
  const QualityPolicy* policy_;
  QualityContext context_;
  std::map<uint32_t, std::string> texts_;  // by channel
};

}  // namespace portcullis::policy
