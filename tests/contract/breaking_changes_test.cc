#include "tests/contract/breaking_changes.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>

#include <functional>

namespace portcullis::contract {
namespace {

using google::protobuf::DescriptorProto;
using google::protobuf::FieldDescriptorProto;
using google::protobuf::FileDescriptorProto;
using google::protobuf::FileDescriptorSet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

FileDescriptorSet Sample() {
  FileDescriptorSet set;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"pb(
        file {
          name: "p/v1/a.proto"
          package: "p.v1"
          message_type {
            name: "Thing"
            field { name: "id" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
            field { name: "count" number: 2 label: LABEL_OPTIONAL type: TYPE_UINT32 }
            field {
              name: "left"
              number: 3
              label: LABEL_OPTIONAL
              type: TYPE_MESSAGE
              type_name: ".p.v1.Thing"
              oneof_index: 0
            }
            nested_type {
              name: "Part"
              field { name: "x" number: 1 label: LABEL_OPTIONAL type: TYPE_BOOL }
            }
            oneof_decl { name: "side" }
          }
          enum_type {
            name: "Color"
            value { name: "COLOR_UNSPECIFIED" number: 0 }
            value { name: "COLOR_RED" number: 1 }
          }
          service {
            name: "Things"
            method { name: "Get" input_type: ".p.v1.Thing" output_type: ".p.v1.Thing" }
          }
        })pb",
      &set));
  return set;
}

// The breaks after `change` was applied to the sample.
std::vector<std::string> After(const std::function<void(FileDescriptorProto&)>& change) {
  const FileDescriptorSet before = Sample();
  FileDescriptorSet after = before;
  change(*after.mutable_file(0));
  return BreakingChanges(before, after);
}

FieldDescriptorProto& Field(FileDescriptorProto& file, int index) {
  return *file.mutable_message_type(0)->mutable_field(index);
}

TEST(BreakingChanges, NoChangeIsNone) {
  EXPECT_THAT(After([](FileDescriptorProto&) {}), IsEmpty());
}

TEST(BreakingChanges, AdditionsAreFree) {
  EXPECT_THAT(After([](FileDescriptorProto& file) {
                FieldDescriptorProto& field = *file.mutable_message_type(0)->add_field();
                field.set_name("more");
                field.set_number(9);
                file.add_message_type()->set_name("Other");
                auto& value = *file.mutable_enum_type(0)->add_value();
                value.set_name("COLOR_BLUE");
                value.set_number(2);
                file.mutable_service(0)->add_method()->set_name("List");
                file.add_service()->set_name("More");
              }),
              IsEmpty());
}

TEST(BreakingChanges, MessagesMayMoveBetweenFilesOfAPackage) {
  const FileDescriptorSet before = Sample();
  FileDescriptorSet after = before;
  FileDescriptorProto& other = *after.add_file();
  other.set_package("p.v1");
  *other.mutable_enum_type() = after.file(0).enum_type();
  after.mutable_file(0)->clear_enum_type();
  EXPECT_THAT(BreakingChanges(before, after), IsEmpty());
}

TEST(BreakingChanges, FieldRemoved) {
  EXPECT_THAT(After([](auto& file) { file.mutable_message_type(0)->mutable_field()->DeleteSubrange(1, 1); }),
              ElementsAre("field p.v1.Thing.count was removed or renamed"));
}

TEST(BreakingChanges, FieldRenamed) {
  EXPECT_THAT(After([](auto& file) { Field(file, 0).set_name("name"); }),
              ElementsAre(HasSubstr("Thing.id was removed")));
}

TEST(BreakingChanges, FieldRenumbered) {
  EXPECT_THAT(After([](auto& file) { Field(file, 1).set_number(7); }),
              ElementsAre("field p.v1.Thing.count was renumbered from 2 to 7"));
}

TEST(BreakingChanges, FieldRetyped) {
  EXPECT_THAT(After([](auto& file) { Field(file, 1).set_type(FieldDescriptorProto::TYPE_UINT64); }),
              ElementsAre("field p.v1.Thing.count has another type"));
  EXPECT_THAT(After([](auto& file) { Field(file, 2).set_type_name(".p.v1.Thing.Part"); }),
              ElementsAre("field p.v1.Thing.left has another type"));
}

TEST(BreakingChanges, FieldRepeated) {
  EXPECT_THAT(After([](auto& file) { Field(file, 0).set_label(FieldDescriptorProto::LABEL_REPEATED); }),
              ElementsAre("field p.v1.Thing.id has another label"));
}

TEST(BreakingChanges, FieldMovedOutOfAOneof) {
  EXPECT_THAT(After([](auto& file) { Field(file, 2).clear_oneof_index(); }),
              ElementsAre("field p.v1.Thing.left is in another oneof"));
}

TEST(BreakingChanges, MessagesRemovedWithTheNestedOnes) {
  EXPECT_THAT(After([](auto& file) { file.clear_message_type(); }),
              ElementsAre("message p.v1.Thing was removed", "message p.v1.Thing.Part was removed"));
}

TEST(BreakingChanges, EnumValueRemovedOrRenumbered) {
  EXPECT_THAT(After([](auto& file) { file.mutable_enum_type(0)->mutable_value()->RemoveLast(); }),
              ElementsAre("value p.v1.Color.COLOR_RED was removed or renamed"));
  EXPECT_THAT(After([](auto& file) { file.mutable_enum_type(0)->mutable_value(1)->set_number(5); }),
              ElementsAre("value p.v1.Color.COLOR_RED was renumbered"));
  EXPECT_THAT(After([](auto& file) { file.clear_enum_type(); }), ElementsAre("enum p.v1.Color was removed"));
}

TEST(BreakingChanges, RpcsRemovedOrChanged) {
  EXPECT_THAT(After([](auto& file) { file.mutable_service(0)->clear_method(); }),
              ElementsAre("RPC p.v1.Things.Get was removed or renamed"));
  EXPECT_THAT(After([](auto& file) {
                file.mutable_service(0)->mutable_method(0)->set_input_type(".p.v1.Thing.Part");
              }),
              ElementsAre("RPC p.v1.Things.Get takes another message"));
  EXPECT_THAT(
      After([](auto& file) { file.mutable_service(0)->mutable_method(0)->set_output_type(".p.v1.Other"); }),
      ElementsAre("RPC p.v1.Things.Get returns another message"));
  EXPECT_THAT(
      After([](auto& file) { file.mutable_service(0)->mutable_method(0)->set_server_streaming(true); }),
      ElementsAre("RPC p.v1.Things.Get streams differently"));
  EXPECT_THAT(After([](auto& file) { file.clear_service(); }),
              ElementsAre("service p.v1.Things was removed"));
}

}  // namespace
}  // namespace portcullis::contract
