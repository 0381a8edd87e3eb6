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

  struct Rules {
    bool observed = false;  // nothing is refused or asked for again
    bool can_ask_again = false;
  };

  // Scores the texts of a whole answer: adds findings, and refuses if the policy says so and nothing did
  // before, or has it asked for again. Returns what the policy did, or would have done.
  Action Judge(const std::vector<Segment>& answer, Rules rules, Decision* decision);

  // Takes a piece of a stream. Adds the finding when a text is complete.
  void Take(const Piece& piece, std::vector<Finding>* findings);

 private:
  const QualityPolicy* policy_;
  QualityContext context_;
  uint32_t asked_again_ = 0;
  std::map<uint32_t, std::string> texts_;  // by channel

  bool AsksAgain(Rules rules, const Decision& decision);
};

}  // namespace portcullis::policy
