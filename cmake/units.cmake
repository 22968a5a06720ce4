# SPDX-License-Identifier: MIT
# A unit is x.hpp, x.cpp, x_test.cpp side by side. A folder is a library made of its units, and one
# test program made of their tests: dropping a file into a folder is all that it takes.
include(GoogleTest OPTIONAL)

# tautline_folder(<target> FOLDERS <dir>... [DEPENDS <lib>...] [TEST_DEPENDS <lib>...]
#                 [EXCLUDE <regex>...])
function(tautline_folder target)
    cmake_parse_arguments(arg "" "" "FOLDERS;DEPENDS;TEST_DEPENDS;EXCLUDE" ${ARGN})
    set(sources)
    set(tests)
    foreach(folder ${arg_FOLDERS})
        file(GLOB all CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.cpp)
        foreach(pattern ${arg_EXCLUDE})
            list(FILTER all EXCLUDE REGEX "${pattern}")
        endforeach()
        set(folder_tests ${all})
        list(FILTER folder_tests INCLUDE REGEX "_test\\.cpp$")
        list(FILTER all EXCLUDE REGEX "_test\\.cpp$")
        list(APPEND sources ${all})
        list(APPEND tests ${folder_tests})
    endforeach()
    if(NOT sources)
        add_library(${target} INTERFACE)
        target_link_libraries(${target} INTERFACE tautline_options ${arg_DEPENDS})
    else()
        add_library(${target} STATIC ${sources})
        target_link_libraries(${target}
            PUBLIC tautline_options ${arg_DEPENDS} PRIVATE tautline_warnings)
    endif()
    if(TAUTLINE_BUILD_TESTS AND tests)
        tautline_test(${target}_test SOURCES ${tests} DEPENDS ${target} ${arg_TEST_DEPENDS})
    endif()
endfunction()

# tautline_test(<target> SOURCES <file>... [DEPENDS <lib>...])
function(tautline_test target)
    cmake_parse_arguments(arg "" "" "SOURCES;DEPENDS" ${ARGN})
    find_package(GTest REQUIRED)
    add_executable(${target} ${arg_SOURCES})
    target_link_libraries(${target}
        PRIVATE ${arg_DEPENDS} tautline_warnings GTest::gmock GTest::gtest_main)
    target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
    # Optimised tests take long to build and test nothing more.
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 120)
endfunction()
