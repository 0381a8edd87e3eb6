// Values that look like an identifier and are none.
#pragma once

#include <string>
#include <string_view>

#include "services/policy/domain/pii/entity.h"

namespace portcullis::policy {

// The fake for `matched` under `key`: equal values give equal fakes, and without the key nothing leads back.
// Digits become digits, letters letters of the same case, signs stay. It is deliberately not valid, so that
// it cannot be somebody else's: check digits are wrong, addresses are of the ranges reserved for
// documentation (RFC 2606, RFC 3849, RFC 5737), the area of US social security numbers is 000.
std::string FakeOf(Entity entity, std::string_view matched, std::string_view key);

}  // namespace portcullis::policy
