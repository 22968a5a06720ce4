# SPDX-License-Identifier: MIT
# Puts a file into a program.
#
# tautline_embed(<out.cpp> FILE <file> HEADER <header> NAME <namespace::kName>): writes a source
# file
# that defines the std::string_view that <header> declares as `extern const std::string_view`.
function(tautline_embed output)
    cmake_parse_arguments(arg "" "FILE;HEADER;NAME" "" ${ARGN})
    add_custom_command(
        OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/${output}
        COMMAND ${CMAKE_COMMAND}
            -DINPUT=${arg_FILE} -DOUTPUT=${CMAKE_CURRENT_BINARY_DIR}/${output}
            -DHEADER=${arg_HEADER} -DNAME=${arg_NAME}
            -P ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
        DEPENDS ${arg_FILE} ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
        VERBATIM)
endfunction()
