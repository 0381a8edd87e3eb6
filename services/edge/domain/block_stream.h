#pragma once

namespace portcullis::edge {

// How a policy's block ends a stream that has begun.
enum class BlockStream {
  kError,          // an event with the error object, then the end
  kContentFilter,  // a last chunk with finish_reason content_filter, then [DONE]
};

}  // namespace portcullis::edge
