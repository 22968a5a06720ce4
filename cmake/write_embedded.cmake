# SPDX-License-Identifier: MIT
# Run by tautline_embed at build time: writes INPUT as an array of bytes into OUTPUT.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
string(REGEX MATCH "^(.*)::([^:]+)$" _ "${NAME}")
file(WRITE ${OUTPUT} "// Written by cmake/write_embedded.cmake.
#include \"${HEADER}\"

namespace ${CMAKE_MATCH_1} {

static constexpr char kEmbedded[] = {
${bytes}};

const std::string_view ${CMAKE_MATCH_2}(kEmbedded, sizeof(kEmbedded));

}  // namespace ${CMAKE_MATCH_1}
")
