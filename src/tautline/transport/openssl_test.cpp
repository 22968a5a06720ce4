// SPDX-License-Identifier: MIT
#include <tautline/transport/openssl.hpp>

#include <array>
#include <string>

#include <gtest/gtest.h>

namespace tautline::transport {
namespace {

TEST(Openssl, ReadsWhatTheReaderIsOver) {
    const std::string text = "three lines";
    std::array<char, 20> room{};

    EXPECT_EQ(BIO_read(reader_over(text).get(), room.data(), 20), 11);

    EXPECT_EQ(std::string(room.data()), text);
}

TEST(Openssl, TellsWhatWasWritten) {
    const OpensslPtr<BIO> out(BIO_new(BIO_s_mem()));
    EXPECT_EQ(text_of(out.get()), "");

    BIO_write(out.get(), "a\0b", 3);

    EXPECT_EQ(text_of(out.get()), std::string("a\0b", 3));
}

TEST(Openssl, TellsTheLastReasonAndForgetsIt) {
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS, nullptr);
    ERR_raise(ERR_LIB_SSL, SSL_R_BAD_SIGNATURE);

    EXPECT_EQ(take_openssl_reason(), "bad signature");
    EXPECT_EQ(take_openssl_reason(), "unknown reason");
}

}  // namespace
}  // namespace tautline::transport
