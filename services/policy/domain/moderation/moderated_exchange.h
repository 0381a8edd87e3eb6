// An exchange whose answers are also judged by a service outside, after the other policies.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "services/policy/api/policy_api.h"
#include "services/policy/domain/moderation/held_text.h"
#include "services/policy/domain/moderation/moderator.h"

namespace portcullis::policy {

// As Exchange says; callbacks run inside the call, or later where the port's do.
class ModeratedExchange final : public Exchange {
 public:
  // `inner` answers inside its calls. `late`: the verdict on the request, if it is not known yet; else null.
  ModeratedExchange(std::unique_ptr<Exchange> inner, std::shared_ptr<Moderator> moderator,
                    std::shared_ptr<LateVerdict> late)
      : inner_(std::move(inner)), moderator_(std::move(moderator)), late_(std::move(late)) {}
  ~ModeratedExchange() override { moderator_->Abandon(); }

  void SetTarget(std::string_view target) override;
  void SetCanAskAgain(bool can) override { inner_->SetCanAskAgain(can); }
  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override;
  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override;
  void Close(const ExchangeSummary& summary) override { inner_->Close(summary); }

 private:
  // What a step that waits and the next one share.
  struct State {
    std::optional<BlockReason> block;
  };

  void AwaitRequest(Moderator::Callback next);
  void TakePieces(const std::vector<Piece>& pieces, GuardResult* result);
  std::vector<ModerationText> Judgeable(GuardResult* result);
  HeldText& HeldOf(uint32_t channel, SegmentKind kind);

  const std::unique_ptr<Exchange> inner_;
  const std::shared_ptr<Moderator> moderator_;
  std::shared_ptr<LateVerdict> late_;
  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::vector<HeldText> held_;
};

}  // namespace portcullis::policy
