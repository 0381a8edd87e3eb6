#include "services/policy/domain/stage_plan.h"

#include <algorithm>

namespace portcullis::policy {
namespace {

// So much text between two looks at the clock.
constexpr size_t kSliceBytes = 16 << 10;

}  // namespace

void StagePlan::Make(const Bundle& bundle, Direction direction, const Circumstances& now, bool streamed) {
  const std::vector<Stage>& stages = bundle.stages(direction);
  runs_.resize(bundle.lanes(direction));
  for (const Stage& stage : stages) {
    if (stage.gate == nullptr) continue;
    StageRun& run = runs_[stage.lane];
    const PolicyControl& control = stage.gate->control();
    run.gate = stage.gate;
    run.on = stage.gate->Runs(now, direction);
    run.observed =
        control.mode == PolicyMode::kObserve || (streamed && control.stream == StreamMode::kObserve);
    run.stream = control.stream;
    run.exceptions = stage.gate->Exceptions(now);
    run.left = control.timeout;
  }
}

const PolicyException* StageRun::ExceptionFor(std::string_view rule, std::string_view value) const {
  const auto found =
      std::find_if(exceptions.begin(), exceptions.end(),
                   [&](const PolicyException* exception) { return Covers(*exception, rule, value); });
  return found == exceptions.end() ? nullptr : *found;
}

bool ScanWithin(const StageTimer& timer, const Matcher& matcher, const Window& window, size_t until,
                size_t* at, std::vector<Hit>* hits) {
  if (!timer.limited()) {
    Scan(matcher, window, until, at, hits);
    return true;
  }
  until = std::min(until, window.text.size());
  for (size_t end = *at; end < until;) {
    end = std::min(until, end + kSliceBytes);
    const bool done = Scan(matcher, window, end, at, hits);
    if (timer.Over()) return false;
    if (!done) break;
    end = std::max(end, *at);
  }
  return true;
}

}  // namespace portcullis::policy
