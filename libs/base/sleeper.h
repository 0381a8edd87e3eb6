// Sleeping, injected. Never on a worker.
#pragma once

#include "libs/base/clock.h"

namespace portcullis::base {

class Sleeper {
 public:
  virtual ~Sleeper() = default;
  virtual void Sleep(Duration duration) = 0;
};

class SystemSleeper final : public Sleeper {
 public:
  void Sleep(Duration duration) override;
};

}  // namespace portcullis::base
