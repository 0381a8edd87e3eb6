# Options, compiler settings and the packages that the suite links.
# Every flag sits on the INTERFACE target portcullis_options, linked PRIVATE by our own targets only.

option(PORTCULLIS_TESTS "Build the unit, integration and end-to-end test programs" ON)
option(PORTCULLIS_BENCH "Build the micro benchmarks and the load tools" OFF)
option(PORTCULLIS_FUZZ "Build the fuzz targets (needs Clang)" OFF)
set(PORTCULLIS_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined | thread")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()
# -O2 keeps assertions out of the hot path but frames in the stack traces.
set(CMAKE_CXX_FLAGS_RELWITHDEBINFO "-O2 -g1 -DNDEBUG -fno-omit-frame-pointer")

find_program(PORTCULLIS_CCACHE ccache)
if(PORTCULLIS_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${PORTCULLIS_CCACHE}")
endif()

add_library(portcullis_options INTERFACE)
target_include_directories(portcullis_options INTERFACE "${CMAKE_SOURCE_DIR}")
# Members left out of a designated initialiser have defaults of their own here.
target_compile_options(portcullis_options INTERFACE
  -Wall -Wextra -Werror -Wno-psabi -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # Everything is linked into programs: nobody puts another function in the place of ours, so GCC may inline them.
  target_compile_options(portcullis_options INTERFACE -fno-semantic-interposition)
endif()
target_compile_definitions(portcullis_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 reports false overlaps and null dereferences inside inlined std::string code.
  target_compile_options(portcullis_options INTERFACE -fcoroutines -Wno-restrict)
endif()

if(PORTCULLIS_SANITIZE)
  add_compile_options("-fsanitize=${PORTCULLIS_SANITIZE}" -fno-omit-frame-pointer)
  add_link_options("-fsanitize=${PORTCULLIS_SANITIZE}")
  if(PORTCULLIS_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  if(PORTCULLIS_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio uses atomic_thread_fence, which GCC's TSan does not model.
    add_compile_options(-Wno-tsan)
  endif()
endif()

if(PORTCULLIS_FUZZ)
  # Coverage for libFuzzer in everything; its main function only in the fuzz targets.
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(PORTCULLIS_LLD ld.lld)
if(PORTCULLIS_LLD)
  add_link_options(-fuse-ld=lld)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(Protobuf REQUIRED)
find_package(gRPC CONFIG REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS headers json)
find_package(OpenSSL REQUIRED)
find_package(CURL REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(simdjson REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PkgConfig REQUIRED)
pkg_check_modules(HYPERSCAN REQUIRED IMPORTED_TARGET libhs)
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET libdeflate)
# The archive of position-independent code: no look-up table between a call and malloc.
find_library(PORTCULLIS_JEMALLOC libjemalloc_pic.a REQUIRED)
pkg_check_modules(HIREDIS REQUIRED IMPORTED_TARGET hiredis)
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)
pkg_check_modules(RDKAFKA REQUIRED rdkafka)
