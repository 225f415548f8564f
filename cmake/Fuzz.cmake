# fuzz/<name>.cpp, a loader of files from strangers, is built in two ways. With -DZEROCELL_FUZZ=ON (clang; scripts/fuzz.sh) it becomes
# fuzz_<name>, a libFuzzer program. In any build with tests all of them are part of test_fuzz, which feeds them fuzz/corpus/<name>.

if(ZEROCELL_FUZZ AND NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ZEROCELL_FUZZ needs clang (-DCMAKE_CXX_COMPILER=clang++)")
endif()

# zerocell_fuzz(MODULE NAME...): targets that need nothing above the module.
function(zerocell_fuzz module)
  set_property(GLOBAL APPEND PROPERTY ZEROCELL_FUZZ_TARGETS ${ARGN})
  if(NOT ZEROCELL_FUZZ)
    return()
  endif()
  foreach(name ${ARGN})
    add_executable(fuzz_${name} ${CMAKE_SOURCE_DIR}/fuzz/${name}.cpp)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${name} PRIVATE zerocell_${module})
  endforeach()
endfunction()

zerocell_fuzz(data h5ad h5ad_built tenx_h5 tenx_text npy text_table)
zerocell_fuzz(checkpoint safetensors torch_zip torch_legacy zip pickle dictionary)
zerocell_fuzz(models model_files vocabulary gene_aliases scvi_model)
zerocell_fuzz(report results)
zerocell_fuzz(study study_file embedding_spec where cell_list cache_entry row_journal)

set(ZEROCELL_FUZZ_BUILDER ${CMAKE_SOURCE_DIR}/fuzz/h5ad_builder.cpp)
if(ZEROCELL_FUZZ)
  target_sources(fuzz_h5ad_built PRIVATE ${ZEROCELL_FUZZ_BUILDER})
endif()

zerocell_test(fuzz DEPENDS study)
if(TARGET test_fuzz)
  get_property(targets GLOBAL PROPERTY ZEROCELL_FUZZ_TARGETS)
  set(list "")
  foreach(name ${targets})
    target_sources(test_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/fuzz/${name}.cpp)
    # libFuzzer gives them all one name.
    set_source_files_properties(${CMAKE_SOURCE_DIR}/fuzz/${name}.cpp PROPERTIES COMPILE_DEFINITIONS LLVMFuzzerTestOneInput=fuzz_${name})
    string(APPEND list "ZEROCELL_FUZZ_TARGET(${name})\n")
  endforeach()
  target_sources(test_fuzz PRIVATE ${ZEROCELL_FUZZ_BUILDER})
  target_include_directories(test_fuzz PRIVATE ${CMAKE_SOURCE_DIR}/fuzz)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/fuzz_targets.inc CONTENT "${list}")
  target_include_directories(test_fuzz PRIVATE ${CMAKE_BINARY_DIR}/generated)
endif()
