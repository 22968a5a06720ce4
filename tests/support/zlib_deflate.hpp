// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

namespace tautline::test {

struct Deflated {
    int level = 9;
    int memory_level = 9;
    int strategy = Z_DEFAULT_STRATEGY;
};

/// What zlib itself makes of a message: up to the tail of a sync flush, which is cut off.
inline std::vector<std::byte> deflated(std::string_view text, const Deflated& how = {}) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, how.level, Z_DEFLATED, -15, how.memory_level, how.strategy),
              Z_OK);
    std::string copy(text);
    std::vector<std::byte> out(deflateBound(&stream, static_cast<uLong>(text.size())) + 64);
    stream.next_in = reinterpret_cast<Bytef*>(copy.data());
    stream.avail_in = static_cast<uInt>(copy.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    ::deflate(&stream, Z_SYNC_FLUSH);
    EXPECT_GT(stream.avail_out, 0U);
    out.resize(stream.total_out - 4);
    deflateEnd(&stream);
    return out;
}

}  // namespace tautline::test
