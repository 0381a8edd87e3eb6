#include "tests/contract/breaking_changes.h"

#include <map>

namespace portcullis::contract {
namespace {

namespace pb = google::protobuf;

// Every element of a set of files by its full name.
struct Elements {
  std::map<std::string, const pb::DescriptorProto*> messages;
  std::map<std::string, const pb::EnumDescriptorProto*> enums;
  std::map<std::string, const pb::ServiceDescriptorProto*> services;
};

void AddMessage(const std::string& scope, const pb::DescriptorProto& message, Elements& out) {
  const std::string name = scope + "." + message.name();
  out.messages[name] = &message;
  for (const pb::DescriptorProto& nested : message.nested_type()) AddMessage(name, nested, out);
  for (const pb::EnumDescriptorProto& nested : message.enum_type())
    out.enums[name + "." + nested.name()] = &nested;
}

Elements ElementsOf(const pb::FileDescriptorSet& set) {
  Elements out;
  for (const pb::FileDescriptorProto& file : set.file()) {
    for (const pb::DescriptorProto& message : file.message_type()) AddMessage(file.package(), message, out);
    for (const pb::EnumDescriptorProto& type : file.enum_type())
      out.enums[file.package() + "." + type.name()] = &type;
    for (const pb::ServiceDescriptorProto& service : file.service()) {
      out.services[file.package() + "." + service.name()] = &service;
    }
  }
  return out;
}

template <typename List>
auto* FindNamed(const List& list, const std::string& name) {
  for (const auto& element : list) {
    if (element.name() == name) return &element;
  }
  return static_cast<decltype(&*list.begin())>(nullptr);
}

std::string OneofOf(const pb::DescriptorProto& message, const pb::FieldDescriptorProto& field) {
  return field.has_oneof_index() ? message.oneof_decl(field.oneof_index()).name() : "";
}

class Comparison {
 public:
  void Messages(const Elements& before, const Elements& after) {
    for (const auto& [name, message] : before.messages) {
      const auto it = after.messages.find(name);
      if (it == after.messages.end())
        Break("message " + name + " was removed");
      else
        Fields(name, *message, *it->second);
    }
  }
  void Enums(const Elements& before, const Elements& after) {
    for (const auto& [name, type] : before.enums) {
      const auto it = after.enums.find(name);
      if (it == after.enums.end())
        Break("enum " + name + " was removed");
      else
        Values(name, *type, *it->second);
    }
  }
  void Services(const Elements& before, const Elements& after) {
    for (const auto& [name, service] : before.services) {
      const auto it = after.services.find(name);
      if (it == after.services.end())
        Break("service " + name + " was removed");
      else
        Methods(name, *service, *it->second);
    }
  }
  std::vector<std::string> Take() { return std::move(breaks_); }

 private:
  void Fields(const std::string& name, const pb::DescriptorProto& before, const pb::DescriptorProto& after) {
    for (const pb::FieldDescriptorProto& field : before.field()) {
      const std::string what = "field " + name + "." + field.name();
      const pb::FieldDescriptorProto* now = FindNamed(after.field(), field.name());
      if (now == nullptr)
        Break(what + " was removed or renamed");
      else
        Field(what, before, field, after, *now);
    }
  }
  void Field(const std::string& what, const pb::DescriptorProto& before, const pb::FieldDescriptorProto& old,
             const pb::DescriptorProto& after, const pb::FieldDescriptorProto& now) {
    if (old.number() != now.number()) {
      Break(what + " was renumbered from " + std::to_string(old.number()) + " to " +
            std::to_string(now.number()));
    }
    if (old.type() != now.type() || old.type_name() != now.type_name()) Break(what + " has another type");
    if (old.label() != now.label()) Break(what + " has another label");
    if (OneofOf(before, old) != OneofOf(after, now)) Break(what + " is in another oneof");
  }
  void Values(const std::string& name, const pb::EnumDescriptorProto& before,
              const pb::EnumDescriptorProto& after) {
    for (const pb::EnumValueDescriptorProto& value : before.value()) {
      const pb::EnumValueDescriptorProto* now = FindNamed(after.value(), value.name());
      if (now == nullptr)
        Break("value " + name + "." + value.name() + " was removed or renamed");
      else if (now->number() != value.number())
        Break("value " + name + "." + value.name() + " was renumbered");
    }
  }
  void Methods(const std::string& name, const pb::ServiceDescriptorProto& before,
               const pb::ServiceDescriptorProto& after) {
    for (const pb::MethodDescriptorProto& method : before.method()) {
      const std::string what = "RPC " + name + "." + method.name();
      const pb::MethodDescriptorProto* now = FindNamed(after.method(), method.name());
      if (now == nullptr) {
        Break(what + " was removed or renamed");
        continue;
      }
      if (method.input_type() != now->input_type()) Break(what + " takes another message");
      if (method.output_type() != now->output_type()) Break(what + " returns another message");
      const bool same = method.client_streaming() == now->client_streaming() &&
                        method.server_streaming() == now->server_streaming();
      if (!same) Break(what + " streams differently");
    }
  }
  void Break(std::string what) { breaks_.push_back(std::move(what)); }

  std::vector<std::string> breaks_;
};

}  // namespace

std::vector<std::string> BreakingChanges(const pb::FileDescriptorSet& before,
                                         const pb::FileDescriptorSet& after) {
  const Elements old = ElementsOf(before), now = ElementsOf(after);
  Comparison comparison;
  comparison.Messages(old, now);
  comparison.Enums(old, now);
  comparison.Services(old, now);
  return comparison.Take();
}

}  // namespace portcullis::contract
