# Generated code of the .proto files.

# portcullis_proto_library(NAME SRCS x.proto... [DEPS target...])
# A static library `portcullis_NAME` with the messages and the gRPC stubs of one protobuf package. Sources are
# relative to protos/, which is the import root: "portcullis/audit/v1/record.proto" is imported by that name and
# included as "portcullis/audit/v1/record.pb.h" (services: "....grpc.pb.h"). DEPS are the libraries of the
# packages that it imports. The output lies under <build>/gen. Includes are SYSTEM and the generated code is
# compiled without warnings, so that neither -Werror nor clang-tidy looks at it.
# Call it from protos/CMakeLists.txt.
function(portcullis_proto_library name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  set(target "portcullis_${name}")
  set(root "${CMAKE_SOURCE_DIR}/protos")
  set(gen "${CMAKE_BINARY_DIR}/gen")
  file(MAKE_DIRECTORY "${gen}")
  # Imported files are inputs too: a change of theirs generates this package anew.
  set(imported "")
  foreach(dep IN LISTS ARG_DEPS)
    if(TARGET ${dep})
      get_target_property(dep_protos ${dep} PORTCULLIS_PROTOS)
      if(dep_protos)
        list(APPEND imported ${dep_protos})
      endif()
    endif()
  endforeach()
  set(protos "")
  foreach(proto IN LISTS ARG_SRCS)
    list(APPEND protos "${root}/${proto}")
  endforeach()

  set(generated "")
  foreach(proto IN LISTS ARG_SRCS)
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(outputs "${gen}/${stem}.pb.h" "${gen}/${stem}.pb.cc" "${gen}/${stem}.grpc.pb.h" "${gen}/${stem}.grpc.pb.cc")
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND protobuf::protoc "--proto_path=${root}" "--cpp_out=${gen}" "--grpc_out=${gen}"
              "--plugin=protoc-gen-grpc=$<TARGET_FILE:gRPC::grpc_cpp_plugin>" "${proto}"
      DEPENDS ${protos} ${imported}
      COMMENT "Generating ${proto}"
      VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()

  add_library(${target} STATIC ${generated})
  set_target_properties(${target} PROPERTIES
    PORTCULLIS_PROTOS "${protos};${imported}" CXX_CLANG_TIDY "" CXX_INCLUDE_WHAT_YOU_USE "")
  target_compile_options(${target} PRIVATE -w)
  target_include_directories(${target} SYSTEM PUBLIC "${gen}")
  target_link_libraries(${target} PUBLIC ${ARG_DEPS} gRPC::grpc++ protobuf::libprotobuf)
endfunction()
