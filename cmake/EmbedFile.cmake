# A text file of the source tree as a string in a library:
#   zerocell_embed_file(<module> <file> <symbol>)
# declares `extern const std::string_view <symbol>` of namespace zerocell in
# generated/zerocell/<module>/<symbol>.h and defines it. Run as a script, this file writes the definition.

if(CMAKE_SCRIPT_MODE_FILE)
  file(READ "${INPUT}" content)
  string(LENGTH "${content}" length)
  # Compilers bound the length of one literal; adjacent ones are joined.
  set(literals "")
  set(start 0)
  while(start LESS length)
    string(SUBSTRING "${content}" ${start} 8000 part)
    string(APPEND literals "R\"zerocell_file(${part})zerocell_file\"\n")
    math(EXPR start "${start} + 8000")
  endwhile()
  file(WRITE "${OUTPUT}" "#include \"${HEADER}\"\nnamespace zerocell {\n"
    "const std::string_view ${SYMBOL} =\n${literals};\n}\n")
  return()
endif()

set(ZEROCELL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})

function(zerocell_embed_file module file symbol)
  if(NOT TARGET zerocell_${module})
    return()
  endif()
  set(header zerocell/${module}/${symbol}.h)
  set(generated ${CMAKE_BINARY_DIR}/generated/zerocell/${module}/${symbol})
  file(CONFIGURE OUTPUT ${generated}.h @ONLY CONTENT
    "#pragma once\n#include <string_view>\n\nnamespace zerocell {\nextern const std::string_view ${symbol};\n}\n")
  add_custom_command(OUTPUT ${generated}.cpp DEPENDS ${file} ${ZEROCELL_EMBED_SCRIPT} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DINPUT=${file} -DOUTPUT=${generated}.cpp -DHEADER=${header} -DSYMBOL=${symbol}
      -P ${ZEROCELL_EMBED_SCRIPT})
  # A library of its own: in the module, every source would wait for the libraries that the module is linked to.
  add_library(zerocell_${symbol} STATIC ${generated}.cpp)
  target_include_directories(zerocell_${symbol} PRIVATE ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(zerocell_${symbol} PRIVATE zerocell_options)
  target_link_libraries(zerocell_${module} PRIVATE zerocell_${symbol})
  set_property(GLOBAL APPEND PROPERTY ZEROCELL_MODULES zerocell_${symbol})
endfunction()
