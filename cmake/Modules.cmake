# One static library a folder of src/zerocell (with its sub-folders), one test program a folder of tests. The order of the calls
# below in CMakeLists.txt is the order of the layers: a module may depend on earlier ones only.

# GCC needs it for compiler caches to understand precompiled headers.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 forgets that warnings inside system headers are off where those come precompiled.
  set(ZEROCELL_PRECOMPILE_OPTIONS -fpch-preprocess -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds
    -Wno-maybe-uninitialized)
endif()

# Tests themselves gain nothing from optimisation under a sanitizer, and compile in half the time without.
if(ZEROCELL_SANITIZE)
  set(ZEROCELL_TEST_OPTIONS -O0)
endif()

# A target that owns a precompiled header; others reuse it.
function(zerocell_precompiled name)
  cmake_parse_arguments(arg "" "" "HEADERS;LIBRARIES;OPTIONS" ${ARGN})
  add_library(${name} OBJECT ${CMAKE_SOURCE_DIR}/tests/support/precompiled.cpp)
  target_link_libraries(${name} PRIVATE zerocell_options ${arg_LIBRARIES})
  target_precompile_headers(${name} PRIVATE ${arg_HEADERS})
  target_compile_options(${name} PRIVATE ${ZEROCELL_PRECOMPILE_OPTIONS} ${arg_OPTIONS})
endfunction()

function(zerocell_module name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES;PRIVATE_LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/zerocell/${name}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(zerocell_${name} STATIC ${sources})
  target_include_directories(zerocell_${name} PUBLIC
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/generated>
    $<INSTALL_INTERFACE:include>)
  target_link_libraries(zerocell_${name} PUBLIC zerocell_options ${arg_LIBRARIES})
  if(ZEROCELL_PRECOMPILED_HEADERS)
    target_precompile_headers(zerocell_${name} REUSE_FROM zerocell_common_headers)
    target_compile_options(zerocell_${name} PRIVATE ${ZEROCELL_PRECOMPILE_OPTIONS})
  endif()
  target_link_libraries(zerocell_${name} PRIVATE ${arg_PRIVATE_LIBRARIES})
  foreach(dependency ${arg_DEPENDS})
    if(TARGET zerocell_${dependency})
      target_link_libraries(zerocell_${name} PUBLIC zerocell_${dependency})
    endif()
  endforeach()
  set_property(GLOBAL APPEND PROPERTY ZEROCELL_MODULES zerocell_${name})
endfunction()

# tests/<name>/*.cpp -> test_<name>, linked to the module of that name and those listed.
function(zerocell_test name)
  cmake_parse_arguments(arg "" "" "DEPENDS;LIBRARIES" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${name}/*.cpp)
  if(NOT sources OR NOT ZEROCELL_TESTS)
    return()
  endif()
  add_executable(test_${name} ${sources})
  target_include_directories(test_${name} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_precompile_headers(test_${name} REUSE_FROM zerocell_test_headers)
  target_compile_options(test_${name} PRIVATE ${ZEROCELL_PRECOMPILE_OPTIONS} ${ZEROCELL_TEST_OPTIONS})
  foreach(dependency ${name} ${arg_DEPENDS})
    if(TARGET zerocell_${dependency})
      target_link_libraries(test_${name} PRIVATE zerocell_${dependency})
    endif()
  endforeach()
  target_link_libraries(test_${name} PRIVATE GTest::gmock GTest::gtest_main ${arg_LIBRARIES})
  target_compile_definitions(test_${name} PRIVATE
    ZEROCELL_SOURCE_DIR="${ZEROCELL_TEST_SOURCE_DIR}" ZEROCELL_SHARED_DIR="${ZEROCELL_SHARED_DIR}")
  gtest_discover_tests(test_${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 600)
endfunction()

function(zerocell_bench name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  if(NOT ZEROCELL_BUILD_BENCH OR NOT EXISTS ${CMAKE_SOURCE_DIR}/bench/${name}.cpp)
    return()
  endif()
  add_executable(bench_${name} ${CMAKE_SOURCE_DIR}/bench/${name}.cpp)
  target_link_libraries(bench_${name} PRIVATE ${arg_LIBRARIES})
  set_property(GLOBAL APPEND PROPERTY ZEROCELL_BENCHMARKS bench_${name})
endfunction()
