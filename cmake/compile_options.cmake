# SPDX-License-Identifier: MIT
# What every target of ours is compiled with. Linking `tautline_options` brings it.
add_library(tautline_options INTERFACE)
target_compile_features(tautline_options INTERFACE cxx_std_23)
target_include_directories(tautline_options INTERFACE ${PROJECT_SOURCE_DIR}/src)

# What we write is compiled with the first, what shows others how to write with the second, which
# leaves no warning out that a user of the library would see.
add_library(tautline_warnings INTERFACE)
add_library(tautline_user_warnings INTERFACE)
if(PROJECT_IS_TOP_LEVEL)
    set(warnings -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow
        -Wnon-virtual-dtor -Wold-style-cast -Wswitch -Werror
        # g++ 12 and 13 see overlapping copies in std::string where there are none, and a
        # variant's other members as uninitialised.
        $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict> $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
    target_compile_options(tautline_user_warnings INTERFACE ${warnings})
    target_compile_options(tautline_warnings INTERFACE ${warnings}
        # Aggregates are meant to be used so: what has a good default is left out.
        -Wno-missing-field-initializers
        $<$<CXX_COMPILER_ID:Clang>:-Wno-missing-designated-field-initializers>)
else()
    # Nobody's -Werror but ours is meant for our own sources.
    target_compile_options(tautline_warnings INTERFACE -w)
endif()

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
if(PROJECT_IS_TOP_LEVEL)
    set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
    if(NOT CMAKE_BUILD_TYPE)
        set(CMAKE_BUILD_TYPE Release)
    endif()
    find_program(TAUTLINE_CCACHE ccache)
    if(TAUTLINE_CCACHE)
        set(CMAKE_CXX_COMPILER_LAUNCHER ${TAUTLINE_CCACHE})
    endif()
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
