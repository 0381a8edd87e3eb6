// An audit record as SIEM systems take it: one line of CEF, or one OCSF event as JSON.
#pragma once

#include <string>
#include <string_view>

#include "apps/portcullis/events/event.h"

namespace portcullis::events {

// ArcSight's Common Event Format, version 0 (revision 25 of its implementation standard): the event class is
// the reason code, the name what became of the request, the severity 0 to 10 by verdict. Fields that the
// record does not have are left out. `version` is the product's.
std::string ToCefLine(const Event& event, std::string_view version);

// OCSF 1.3.0, class API Activity (6003) with the profile security_control. What the class has no place for is
// in `unmapped`, under the names of the JSON export.
std::string ToOcsfLine(const Event& event, std::string_view version);

}  // namespace portcullis::events
