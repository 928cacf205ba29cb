# `docs`: the API reference from the headers, where a warning is an error, and the study reference from the schema that
# checks studies, so that neither can drift.
find_program(QUENCHED_DOXYGEN doxygen)
mark_as_advanced(QUENCHED_DOXYGEN)
if(NOT QUENCHED_DOXYGEN)
  add_custom_target(docs COMMAND ${CMAKE_COMMAND} -E echo "doxygen is missing: tools/install-packages --for docs"
                    COMMAND ${CMAKE_COMMAND} -E false VERBATIM)
  return()
endif()

set(QUENCHED_DOCS ${PROJECT_BINARY_DIR}/docs)
add_custom_target(docs
  COMMAND ${CMAKE_COMMAND} -E make_directory ${QUENCHED_DOCS}
  COMMAND ${CMAKE_COMMAND} -E env QUENCHED_VERSION=${PROJECT_VERSION} QUENCHED_DOCS=${QUENCHED_DOCS}
          ${QUENCHED_DOXYGEN} docs/Doxyfile
  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} VERBATIM)
if(TARGET quenched_command)
  add_custom_command(TARGET docs PRE_BUILD
    COMMAND ${CMAKE_COMMAND} -E make_directory ${QUENCHED_DOCS}
    COMMAND quenched_command reference > ${QUENCHED_DOCS}/studies.md VERBATIM)
  add_dependencies(docs quenched_command)
endif()
