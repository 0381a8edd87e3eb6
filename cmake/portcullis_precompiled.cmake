# Precompiled headers: what most of our files include, parsed once for all of them. They are on in the build with the
# thread sanitizer, half of whose time went into parsing; the plain build has none, so an include that a file forgot
# fails there. GCC only: Clang 14 wants the same definitions for every file, and fails on coroutines.

option(PORTCULLIS_PCH "Precompile the headers that most files include (GCC)" OFF)
if(NOT PORTCULLIS_PCH)
  function(portcullis_precompiled target kind)
  endfunction()
  return()
endif()

if(PORTCULLIS_CCACHE)
  # Ccache takes precompiled headers under these conditions (its manual, "Precompiled headers").
  set(CMAKE_CXX_COMPILER_LAUNCHER
    "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${PORTCULLIS_CCACHE}")
  add_compile_options(-fpch-preprocess)
endif()
add_compile_options(-pthread)  # some packages ask for it; a precompiled header wants all files to agree
file(WRITE "${CMAKE_BINARY_DIR}/precompiled/main.cc" "int main() { return 0; }\n")

set(PORTCULLIS_COMMON_HEADERS
  <algorithm> <chrono> <cstdint> <functional> <map> <memory> <mutex> <optional> <string> <string_view> <unordered_map>
  <utility> <variant> <vector> "<absl/functional/any_invocable.h>" "<absl/status/statusor.h>"
  "<absl/strings/str_cat.h>" "<absl/synchronization/mutex.h>" "<absl/time/time.h>")

add_library(portcullis_pch_plain OBJECT EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/precompiled/main.cc")
target_link_libraries(portcullis_pch_plain PRIVATE portcullis_options)
target_precompile_headers(portcullis_pch_plain PRIVATE ${PORTCULLIS_COMMON_HEADERS})
if(PORTCULLIS_TESTS)
  # A program, as the tests are: code of libraries and of programs is compiled with different options.
  find_package(GTest REQUIRED)
  add_executable(portcullis_pch_test EXCLUDE_FROM_ALL "${CMAKE_BINARY_DIR}/precompiled/main.cc")
  target_link_libraries(portcullis_pch_test PRIVATE portcullis_options GTest::gmock)
  target_precompile_headers(portcullis_pch_test PRIVATE ${PORTCULLIS_COMMON_HEADERS} <gmock/gmock.h> <gtest/gtest.h>)
endif()

# portcullis_precompiled(TARGET plain|test)
function(portcullis_precompiled target kind)
  target_precompile_headers(${target} REUSE_FROM portcullis_pch_${kind})
endfunction()
