#include <thread>

#include "libs/base/sleeper.h"

namespace portcullis::base {

void SystemSleeper::Sleep(Duration duration) { std::this_thread::sleep_for(duration); }

}  // namespace portcullis::base
