# SPDX-License-Identifier: MIT
# What every target of ours is compiled with. Linking `tautline_options` brings it.
add_library(tautline_options INTERFACE)
target_compile_features(tautline_options INTERFACE cxx_std_23)
target_include_directories(tautline_options INTERFACE
    $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}/src> $<INSTALL_INTERFACE:include>)

add_library(tautline_warnings INTERFACE)
target_compile_options(tautline_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wnon-virtual-dtor
    -Wold-style-cast -Wswitch -Werror
    # Options are aggregates: leaving out what has a good default is how they are meant to be used.
    -Wno-missing-field-initializers
    $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers>)
# g++ 12 and 13 see overlapping copies in std::string where there are none, and a
# variant's other members as uninitialised.
target_compile_options(tautline_warnings INTERFACE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
if(NOT CMAKE_BUILD_TYPE)
    set(CMAKE_BUILD_TYPE Release)
endif()

find_program(TAUTLINE_CCACHE ccache)
if(TAUTLINE_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${TAUTLINE_CCACHE})
endif()

if(TAUTLINE_SANITIZE)
    # The check of vptr opens a pipe to look at memory, which fails in tests without descriptors.
    add_compile_options(-fsanitize=${TAUTLINE_SANITIZE} -fno-sanitize=vptr
        -fno-sanitize-recover=all -fno-omit-frame-pointer -O1)
    add_link_options(-fsanitize=${TAUTLINE_SANITIZE})
endif()
if(TAUTLINE_COVERAGE)
    add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
    add_link_options(-fprofile-instr-generate)
endif()
