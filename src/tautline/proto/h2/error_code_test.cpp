// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/error_code.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

TEST(H2ErrorCode, HasTheNameOfTheStandardForEveryCode) {
    std::string names;
    for (std::uint32_t code = 0; code <= 0xe; ++code) {
        names += std::string(name_for(ErrorCode(code))) + " ";
    }

    EXPECT_EQ(names,
              "no_error protocol_error internal_error flow_control_error settings_timeout "
              "stream_closed frame_size_error refused_stream cancel compression_error "
              "connect_error enhance_your_calm inadequate_security http_1_1_required unknown ");
}

TEST(H2ErrorCode, IsAnErrorEvenWhenItSaysNoError) {
    const std::error_code error = make_error_code(ErrorCode::no_error);

    EXPECT_TRUE(error);
    EXPECT_EQ(error.message(), "HTTP/2 no_error");
}

TEST(H2ErrorCode, KeepsItsValue) {
    const std::error_code error = make_error_code(ErrorCode::cancel);

    EXPECT_EQ(error.value(), 8);
    EXPECT_STREQ(error.category().name(), "tautline.http2");
    EXPECT_EQ(error.message(), "HTTP/2 cancel");
}

}  // namespace
}  // namespace tautline::h2
