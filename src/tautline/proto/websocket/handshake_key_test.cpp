// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/handshake_key.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

// RFC 6455 section 4.1: the bytes 1 to 16.
TEST(HandshakeKey, IsTheNonceInBase64) {
    std::array<std::byte, 16> nonce{};
    std::ranges::copy(test::wire("01020304 05060708 090a0b0c 0d0e0f10"), nonce.begin());

    EXPECT_EQ(handshake_key_for(nonce), "AQIDBAUGBwgJCgsMDQ4PEA==");
}

// RFC 6455 section 1.3.
TEST(HandshakeKey, IsAnsweredAsInTheExampleOfTheStandard) {
    EXPECT_EQ(handshake_accept_for("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST(HandshakeKey, H08_IsSixteenBytes) {
    EXPECT_FALSE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4P"));
    EXPECT_TRUE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4PEA=="));
    EXPECT_FALSE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4PEBE="));
}

TEST(HandshakeKey, H08_IsNothingElseThanBase64) {
    EXPECT_FALSE(is_handshake_key(""));
    EXPECT_FALSE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4PEA"));
    EXPECT_FALSE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4P!A=="));
    EXPECT_FALSE(is_handshake_key("AQIDBAUGBwgJCgsMDQ4PEA== "));
}

}  // namespace
}  // namespace tautline::websocket
