# fuzz/<name>.cpp -> fuzz_<name>, a libFuzzer program. Configure with clang, -DZEROCELL_FUZZ=ON and
# -DZEROCELL_BUILD_TESTS=OFF; see fuzz/README.md.

if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ZEROCELL_FUZZ needs clang (-DCMAKE_CXX_COMPILER=clang++)")
endif()
set(ZEROCELL_FUZZ_SANITIZERS fuzzer-no-link,address,undefined)
foreach(module core checkpoint models)
  target_compile_options(zerocell_${module} PRIVATE -fsanitize=${ZEROCELL_FUZZ_SANITIZERS} -fno-sanitize-recover=all -g)
endforeach()

function(zerocell_fuzz name)
  cmake_parse_arguments(arg "" "" "LIBRARIES" ${ARGN})
  add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/fuzz/${name}.cpp)
  target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -g)
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer,address,undefined)
  target_link_libraries(fuzz_${name} PRIVATE ${arg_LIBRARIES})
endfunction()

foreach(loader safetensors torch_zip torch_legacy dictionary)
  zerocell_fuzz(${loader} LIBRARIES zerocell_checkpoint)
endforeach()
zerocell_fuzz(model_files LIBRARIES zerocell_models)
zerocell_fuzz(scvi_model LIBRARIES zerocell_models)
