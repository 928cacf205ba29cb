# What `cmake --install` puts where: library, headers, command, studies and their data, man page, completion, and what
# CMake and pkg-config users ask for. Everything finds the rest relative to itself, so the tree may be moved.
include(CMakePackageConfigHelpers)

install(TARGETS quenched EXPORT quenchedTargets
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/quenched DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(QUENCHED_CMAKE_FOLDER ${CMAKE_INSTALL_LIBDIR}/cmake/quenched)
install(EXPORT quenchedTargets NAMESPACE quenched:: DESTINATION ${QUENCHED_CMAKE_FOLDER})
configure_package_config_file(cmake/quenchedConfig.cmake.in quenchedConfig.cmake INSTALL_DESTINATION ${QUENCHED_CMAKE_FOLDER})
write_basic_package_version_file(quenchedConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/quenchedConfig.cmake ${PROJECT_BINARY_DIR}/quenchedConfigVersion.cmake
              cmake/Gsl.cmake DESTINATION ${QUENCHED_CMAKE_FOLDER})

file(RELATIVE_PATH QUENCHED_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" QUENCHED_PREFIX_FROM_PKGCONFIG "${QUENCHED_PREFIX_FROM_PKGCONFIG}")
configure_file(cmake/quenched.pc.in quenched.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/quenched.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET quenched_command)
  file(RELATIVE_PATH QUENCHED_LIB_FROM_BIN /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
  if(APPLE)
    set_target_properties(quenched_command PROPERTIES INSTALL_RPATH "@loader_path/${QUENCHED_LIB_FROM_BIN}")
  else()
    set_target_properties(quenched_command PROPERTIES INSTALL_RPATH "$ORIGIN/${QUENCHED_LIB_FROM_BIN}")
  endif()
  install(TARGETS quenched_command RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
install(DIRECTORY studies data DESTINATION ${CMAKE_INSTALL_DATADIR}/quenched OPTIONAL)
install(FILES docs/quenched.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES tools/completion.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME quenched)
install(FILES LICENSE CITATION.cff CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
