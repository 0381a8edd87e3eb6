#include "services/router/domain/target_state.h"

#include <utility>

#include "libs/json/text.h"

namespace portcullis::router {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  json::AppendQuoted(text, &out);
  return out;
}

}  // namespace

TargetState::TargetState(TargetOptions options, const CircuitBreakerOptions& circuit_options,
                         const base::Clock& clock, CircuitBreaker::TransitionCallback on_transition,
                         const TargetInstruments& instruments)
    : options_(std::move(options)),
      model_literal_(Quoted(options_.model)),
      instruments_(instruments),
      circuit_(circuit_options, clock, std::move(on_transition)),
      health_(options_.health_probe) {}

void TargetState::AttemptStarted() {
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  instruments_.in_flight->Add(1);
}

void TargetState::AttemptEnded(Outcome outcome) {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  instruments_.in_flight->Add(-1);
  instruments_.attempts[static_cast<size_t>(outcome)]->Add();
}

void TargetState::SetLastError(std::string_view message) {
  std::lock_guard lock(error_mutex_);
  last_error_ = message;
}

TargetStatus TargetState::Status() const {
  TargetStatus status;
  status.id = options_.id;
  status.provider = options_.provider;
  status.model = options_.model;
  status.description = options_.description;
  status.available = available();
  status.healthy = health_.healthy();
  status.circuit = static_cast<int>(circuit_.state());
  status.in_flight = in_flight_.load(std::memory_order_relaxed);
  std::lock_guard lock(error_mutex_);
  status.last_error = last_error_;
  return status;
}

}  // namespace portcullis::router
