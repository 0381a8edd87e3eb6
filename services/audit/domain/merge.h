// Leaves of one request become one logical record.
//
// The leaves are laid over each other in the order intent, `interrupted` outcome, outcome, amendment (those
// of one kind by their time): a field that a later one fills replaces the earlier one's, a field that it
// leaves empty stays; lists are replaced as a whole; flags stay set. The result's `kind` is that of the last
// layer: kIntent means that no outcome is known. So merging is idempotent, and the order in which leaves
// arrive makes no difference.
#pragma once

#include <string_view>
#include <vector>

#include "services/audit/api/record.h"

namespace portcullis::audit {

// `leaves` belong to one request and are not empty. A merged record may stand for the leaves it was made
// from.
Record Merge(std::vector<Record> leaves);

// The place of a leaf in that order: a greater one is laid over a smaller one.
int LayerOf(LeafKind kind, std::string_view outcome);

// The leaf that stands for the whole record: the intent that a leaf names, or itself if it names none (an
// intent, an outcome alone). An amendment of an outcome that has no intent names that outcome. Leaves belong
// together by their root, not by their request id: clients choose request ids, and may use one twice.
const LeafId& RootOf(const LeafId& id, const Record& record);

// When a record happened: the arrival of the request, or of a leaf without it the time it was written. The
// same for all leaves of a request. UTC, microseconds since 1970.
int64_t EventTime(const Record& record);

}  // namespace portcullis::audit
