// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/piece_cursor.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

std::string take(PieceCursor& cursor, std::size_t count) {
    std::string text(count, '?');
    cursor.copy_to(std::as_writable_bytes(std::span(text)));
    return text;
}

TEST(PieceCursor, ReadsPiecesAsOneInEverySplit) {
    const std::array pieces = {as_bytes("ab"), Bytes(), as_bytes("cde"), as_bytes("f"), Bytes()};
    for (std::size_t first = 0; first <= 6; ++first) {
        PieceCursor cursor(pieces);
        EXPECT_EQ(cursor.rest(), 6U);

        std::string text = take(cursor, first);
        text += take(cursor, 6 - first);

        EXPECT_EQ(text, "abcdef");
        EXPECT_EQ(cursor.rest(), 0U);
    }
}

TEST(PieceCursor, IsEmptyWithoutPieces) { EXPECT_EQ(PieceCursor().rest(), 0U); }

}  // namespace
}  // namespace tautline::h2
