// What a newer set of protos takes away from peers built with an older one.
//
// Additions are free: files, messages, fields, enum values, services, RPCs. Everything else that a peer could
// see, on the wire, in JSON or in generated code, is a break: something removed, renamed, renumbered, given
// another type or label, moved into or out of a oneof, or an RPC with other messages or other streaming.
#pragma once

#include <google/protobuf/descriptor.pb.h>

#include <string>
#include <vector>

namespace portcullis::contract {

// One sentence each, naming the element; empty = compatible.
std::vector<std::string> BreakingChanges(const google::protobuf::FileDescriptorSet& before,
                                         const google::protobuf::FileDescriptorSet& after);

}  // namespace portcullis::contract
