# Program, static libraries, headers, CMake package, manual page and shell completion.

get_property(modules GLOBAL PROPERTY ZEROCELL_MODULES)
install(TARGETS ${modules} zerocell_options EXPORT zerocell_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY src/zerocell DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES ${CMAKE_BINARY_DIR}/generated/zerocell/version.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/zerocell)
install(EXPORT zerocell_targets NAMESPACE zerocell:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/zerocell)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/zerocellConfigVersion.cmake COMPATIBILITY SameMinorVersion)
configure_file(cmake/zerocellConfig.cmake.in ${CMAKE_BINARY_DIR}/zerocellConfig.cmake @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/zerocellConfig.cmake ${CMAKE_BINARY_DIR}/zerocellConfigVersion.cmake
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/zerocell)

if(TARGET zerocell)
  install(TARGETS zerocell RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  # The manual page and the completions are made by the program itself.
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/zerocell.1
    COMMAND zerocell man > zerocell.1
    COMMAND zerocell completion bash > zerocell.bash
    COMMAND zerocell completion zsh > _zerocell
    COMMAND zerocell completion fish > zerocell.fish
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR} DEPENDS zerocell VERBATIM)
  add_custom_target(zerocell_documents ALL DEPENDS ${CMAKE_BINARY_DIR}/zerocell.1)
  install(FILES ${CMAKE_BINARY_DIR}/zerocell.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
  install(FILES ${CMAKE_BINARY_DIR}/zerocell.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME zerocell)
  install(FILES ${CMAKE_BINARY_DIR}/_zerocell DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${CMAKE_BINARY_DIR}/zerocell.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()
add_custom_target(zerocell_product DEPENDS ${modules})  # all that is installed
if(TARGET zerocell_documents)
  add_dependencies(zerocell_product zerocell_documents)
endif()
