# What every target of ours is compiled with: INTERFACE target culvert::options.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

set(CULVERT_SANITIZE "" CACHE STRING "Sanitizers: empty, address;undefined or thread")
option(CULVERT_FUZZ "Build libFuzzer targets (clang only); else the same targets replay their corpora" OFF)
option(CULVERT_QUICK_BUILD "Compile the product as fast as it goes, to run as it may (tools/mutants.py)" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE_PROGRAM}")
endif()

add_library(culvert_options INTERFACE)
add_library(culvert::options ALIAS culvert_options)
target_include_directories(culvert_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(culvert_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Werror
  -fstack-protector-strong -fno-omit-frame-pointer)
# What these warn of depends on what the optimiser sees at its level, and GCC 12 is often wrong: a warning, not an error.
set(optimiser_warnings maybe-uninitialized stringop-overflow stringop-overread array-bounds restrict dangling-pointer
                       use-after-free free-nonheap-object)
foreach(warning IN LISTS optimiser_warnings)
  target_compile_options(culvert_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-error=${warning}>)
endforeach()
target_link_options(culvert_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,--as-needed)

# The record checksums need the CRC32C instruction (docs/adr/0003-instruction-set.md).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(culvert_options INTERFACE -march=x86-64-v2)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(culvert_options INTERFACE -march=armv8-a+crc)
endif()

# Many units in one compilation: each is then an included file that sees the names of those before it,
# which is what these two warn of.
set(is_unity $<BOOL:$<TARGET_PROPERTY:UNITY_BUILD>>)
target_compile_options(culvert_options INTERFACE
  $<${is_unity}:-Wno-shadow> $<$<AND:${is_unity},$<CXX_COMPILER_ID:GNU>>:-Wno-subobject-linkage>)

if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # An index out of its range and an empty optional end the process, which no sanitizer sees within what a vector holds in reserve.
  target_compile_definitions(culvert_options INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(CULVERT_SANITIZE)
  list(JOIN CULVERT_SANITIZE "," culvert_sanitizers)
  target_compile_options(culvert_options INTERFACE "-fsanitize=${culvert_sanitizers}"
                                                   -fno-sanitize-recover=all)
  target_link_options(culvert_options INTERFACE "-fsanitize=${culvert_sanitizers}")
elseif(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
  target_compile_definitions(culvert_options INTERFACE _FORTIFY_SOURCE=2)
  target_link_options(culvert_options INTERFACE -pie)
endif()
# clang also warns where std::stable_sort of libstdc++ 12 itself calls the deprecated get_temporary_buffer.
target_compile_options(culvert_options INTERFACE $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>)
if(CULVERT_FUZZ)
  target_compile_options(culvert_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
