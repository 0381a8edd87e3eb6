// A policy API with plain rules, for transport tests: "SECRET" becomes [X], "BLOCK" blocks, "FAIL" is an
// error. Guarding holds back from the last space on, until the channel's last piece.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "services/policy/api/policy_api.h"

namespace portcullis::policy {

struct FakePolicyLog {
  std::mutex mutex;
  std::vector<base::RequestContext> contexts;
  std::vector<OpenRequest> requests;  // texts are not valid any more
  std::vector<ExchangeSummary> closed;
  int abandoned = 0;
  std::string target;
};

inline void FindEdits(std::string_view text, uint32_t segment, uint32_t offset, std::vector<Edit>& edits) {
  for (size_t at = text.find("SECRET"); at != std::string_view::npos; at = text.find("SECRET", at + 6)) {
    const auto begin = static_cast<uint32_t>(offset + at);
    edits.push_back({segment, begin, begin + 6, "[X]"});
  }
}

inline absl::StatusOr<Decision> FakeDecide(const std::vector<Segment>& segments) {
  Decision decision;
  for (uint32_t i = 0; i < segments.size(); ++i) {
    const std::string_view text = segments[i].text;
    if (text.find("FAIL") != std::string_view::npos) return absl::InternalError("a policy failed");
    decision.scanned_bytes += text.size();
    FindEdits(text, i, 0, decision.edits);
    const size_t block = text.find("BLOCK");
    if (block == std::string_view::npos) continue;
    decision.action = Action::kBlock;
    decision.policy = "fake";
    decision.reason_code = "fake.block";
    decision.message = "blocked by fake";
    const auto begin = static_cast<uint32_t>(block);
    decision.findings.push_back({"fake", "rule", "why", Action::kBlock, 0.5, i, begin, begin + 5});
  }
  if (decision.action == Action::kAllow && !decision.edits.empty()) decision.action = Action::kRedact;
  return decision;
}

class FakeExchange final : public Exchange {
 public:
  explicit FakeExchange(FakePolicyLog& log) : log_(log) {}
  ~FakeExchange() override {
    std::lock_guard lock(log_.mutex);
    if (!closed_) ++log_.abandoned;
  }
  void SetTarget(std::string_view target) override {
    std::lock_guard lock(log_.mutex);
    log_.target = target;
  }
  void SetCanAskAgain(bool can) override { can_ask_again_ = can; }
  void CheckOutput(std::vector<Segment> segments, DecisionCallback done) override {
    absl::StatusOr<Decision> decision = FakeDecide(segments);
    if (decision.ok() && can_ask_again_ && segments[0].text.find("AGAIN") != std::string_view::npos) {
      decision->again = Again::kOtherTarget;
    }
    std::move(done)(std::move(decision));
  }
  void Guard(const std::vector<Piece>& pieces, GuardCallback done) override {
    GuardResult result;
    std::map<uint32_t, Channel*> touched;
    for (const Piece& piece : pieces) {
      Channel& channel = channels_[piece.channel];
      channel.tail += piece.text;
      channel.last |= piece.last;
      result.scanned_bytes += piece.text.size();
      touched[piece.channel] = &channel;
    }
    for (const auto& [number, channel] : touched) Release(number, *channel, result);
    for (const auto& [number, channel] : channels_) result.held_bytes += channel.tail.size();
    std::move(done)(std::move(result));
  }
  void Close(const ExchangeSummary& summary) override {
    std::lock_guard lock(log_.mutex);
    closed_ = true;
    log_.closed.push_back(summary);
  }

 private:
  struct Channel {
    uint32_t released = 0;
    std::string tail;
    bool last = false;
  };

  static void Release(uint32_t number, Channel& channel, GuardResult& result) {
    const size_t space = channel.tail.rfind(' ');
    size_t size = channel.last ? channel.tail.size() : space == std::string::npos ? 0 : space + 1;
    const size_t block = channel.tail.find("BLOCK");
    if (block != std::string::npos) {
      size = std::min(size, block);
      result.action = Action::kBlock;
      result.policy = "fake";
      result.reason_code = "fake.block";
      result.message = "blocked by fake";
    }
    policy::Release release{number, static_cast<uint32_t>(channel.released + size), {}};
    FindEdits(std::string_view(channel.tail).substr(0, size), number, channel.released, release.edits);
    channel.released = release.end;
    channel.tail.erase(0, size);
    if (result.action == Action::kAllow && !release.edits.empty()) result.action = Action::kRedact;
    result.releases.push_back(std::move(release));
  }

  FakePolicyLog& log_;
  std::map<uint32_t, Channel> channels_;
  bool can_ask_again_ = false;
  bool closed_ = false;
};

class FakePolicy final : public PolicyApi {
 public:
  explicit FakePolicy(FakePolicyLog& log) : log_(log) {}

  void Open(const OpenRequest& request, OpenCallback done) override {
    {
      std::lock_guard lock(log_.mutex);
      log_.contexts.push_back(request.context);
      log_.requests.push_back(request);
    }
    auto decision = FakeDecide(request.input);
    if (!decision.ok()) return std::move(done)(decision.status());
    OpenResult result;
    result.decision = *std::move(decision);
    result.bundle = "bundle-1";
    if (result.decision.action != Action::kBlock) result.exchange = std::make_unique<FakeExchange>(log_);
    std::move(done)(std::move(result));
  }

 private:
  FakePolicyLog& log_;
};

}  // namespace portcullis::policy
