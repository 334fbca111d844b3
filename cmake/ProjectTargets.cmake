# The only helper functions. Sources are listed by hand, never globbed.

# The code of tests is compiled more often than it is run, and most of the optimiser's time is GoogleTest's: the
# release does not optimise it. The product, which is what these tests look at, is built as it ships.
function(culvert_build_lightly name)
  if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo")
    target_compile_options(${name} PRIVATE -O0 -U_FORTIFY_SOURCE)
  endif()
endfunction()

# Where one line changes at a time (tools/mutants.py) the product is compiled so, too, each file by itself.
function(culvert_build_product name)
  if(CULVERT_QUICK_BUILD)
    culvert_build_lightly(${name})
    set_target_properties(${name} PROPERTIES UNITY_BUILD OFF)
  endif()
endfunction()

# culvert_library(base SOURCES a.cc DEPS culvert::x PRIVATE_DEPS lib): static library culvert_base,
# alias culvert::base. DEPS are seen by users of the library, PRIVATE_DEPS are not.
function(culvert_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(culvert_${name} STATIC ${arg_SOURCES})
  add_library(culvert::${name} ALIAS culvert_${name})
  target_link_libraries(culvert_${name} PUBLIC ${arg_DEPS} PRIVATE culvert::options ${arg_PRIVATE_DEPS})
  target_include_directories(culvert_${name} PUBLIC "${PROJECT_SOURCE_DIR}")
  culvert_build_product(culvert_${name})
endfunction()

# culvert_program(culvert-runner SOURCES main.cc DEPS ...)
function(culvert_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE culvert::options ${arg_DEPS})
  culvert_build_product(${name})
endfunction()

# culvert_test(base_test LABEL unit SOURCES a_test.cc DEPS ...): one GoogleTest program, one ctest entry
# per test case; under sanitizers, where a process is slow to start, CULVERT_TEST_SHARDS entries, each of
# which runs its share of the cases. LABEL: unit, conformance, integration, apiserver. TIMEOUT in seconds
# (60). SERIAL: neither the test nor what it tests has a second thread, so ThreadSanitizer has nothing to look
# at and the preset tsan leaves it out (tools/check_layers.py holds the rooms to it). Target culvert_tests builds all that need no API server, with the programs that they start.
add_custom_target(culvert_tests)
set(CULVERT_TEST_SHARDS 4)
function(culvert_test name)
  cmake_parse_arguments(arg "SERIAL" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  if(arg_SERIAL AND CULVERT_SANITIZE STREQUAL "thread")
    return()
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 60)
  endif()
  add_executable(${name} ${arg_SOURCES})
  culvert_build_lightly(${name})
  if(NOT arg_LABEL STREQUAL "apiserver")
    add_dependencies(culvert_tests ${name})
  endif()
  target_link_libraries(${name} PRIVATE culvert::options ${arg_DEPS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE CULVERT_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             CULVERT_BIN_DIR="${CMAKE_RUNTIME_OUTPUT_DIRECTORY}")
  if(NOT CULVERT_SANITIZE)
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST
      PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT})
    return()
  endif()
  math(EXPR arg_TIMEOUT "${arg_TIMEOUT} * 10")  # a guard against hangs, not a measure of speed
  foreach(shard RANGE 1 ${CULVERT_TEST_SHARDS})
    math(EXPR index "${shard} - 1")
    add_test(NAME ${name}_${shard} COMMAND ${name} --gtest_brief=1)
    set_tests_properties(${name}_${shard} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${arg_TIMEOUT}
      ENVIRONMENT "GTEST_TOTAL_SHARDS=${CULVERT_TEST_SHARDS};GTEST_SHARD_INDEX=${index}")
  endforeach()
endfunction()

# culvert_fuzz(url SOURCES url_fuzz.cc DEPS ...): program fuzz_url. With CULVERT_FUZZ a libFuzzer
# target; else it replays tests/fuzz/corpus/url plus seeded mutations of it, as a ctest of label fuzz.
function(culvert_fuzz name)
  cmake_parse_arguments(arg "" "" "SOURCES;DEPS" ${ARGN})
  if(CULVERT_FUZZ)
    add_executable(fuzz_${name} ${arg_SOURCES})
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    add_executable(fuzz_${name} ${arg_SOURCES} "${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc")
    add_test(NAME fuzz_${name} COMMAND fuzz_${name} "${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name}")
    set_tests_properties(fuzz_${name} PROPERTIES LABELS fuzz TIMEOUT 120)
  endif()
  culvert_build_lightly(fuzz_${name})
  target_link_libraries(fuzz_${name} PRIVATE culvert::options ${arg_DEPS})
endfunction()
