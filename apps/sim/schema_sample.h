// A value that fits a JSON schema: the arguments of a forced tool call and the answer in JSON schema mode.
#pragma once

#include <boost/json/value.hpp>

namespace portcullis::sim {

// Understands type (also a list of types), const, enum, default, examples, anyOf/oneOf/allOf (the first),
// properties with required, items with minItems, minimum/exclusiveMinimum, minLength, format and local $ref
// ("#/$defs/X" of `root`). Objects get their required properties only. Deterministic. Past a depth of 16 the
// value is null; null too for what is not a schema. Pure and thread-safe.
boost::json::value SampleOf(const boost::json::value& schema, const boost::json::value& root);

}  // namespace portcullis::sim
