// SPDX-License-Identifier: MIT
#include <tautline/proto/http/head_writer.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

RequestHead request(std::string name, std::string value) {
    return {.method = "GET",
            .target = "/chat",
            .version_minor = 1,
            .fields = {{std::move(name), std::move(value)}}};
}

TEST(HeadWriter, WritesARequest) {
    const RequestHead head{.method = "GET",
                           .target = "/chat?x=1",
                           .version_minor = 1,
                           .fields = {{"Host", "a"}, {"X", ""}}};
    EXPECT_EQ(write_head(head), "GET /chat?x=1 HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n");
}

TEST(HeadWriter, WritesAResponseWithItsStandardPhrase) {
    const ResponseHead head{
        .status = 404, .reason = "", .version_minor = 1, .fields = {{"A", "b c"}}};
    EXPECT_EQ(write_head(head), "HTTP/1.1 404 Not Found\r\nA: b c\r\n\r\n");
}

TEST(HeadWriter, WritesAReasonOfTheCaller) {
    const ResponseHead head{
        .status = 418, .reason = "I'm a teapot", .version_minor = 0, .fields = {}};
    EXPECT_EQ(write_head(head), "HTTP/1.0 418 I'm a teapot\r\n\r\n");
}

TEST(HeadWriter, H16_RefusesLineBreaksAndNulInAValue) {
    for (const std::string bad : {"a\rb", "a\nb", "a\r\nX: y", "\x7f", "\x01"}) {
        const auto written = write_head(request("X", bad));
        ASSERT_FALSE(written) << bad;
        EXPECT_EQ(written.error().part, "the value of header X");
    }
    EXPECT_FALSE(write_head(request("X", std::string("a\0b", 3))));
}

TEST(HeadWriter, H16_RefusesBlanksAtTheEndsAndBytesAboveAscii) {
    EXPECT_FALSE(write_head(request("X", " a")));
    EXPECT_FALSE(write_head(request("X", "a\t")));
    EXPECT_FALSE(write_head(request("X", "\xc3\xa9")));
    EXPECT_TRUE(write_head(request("X", "a \t b")));
}

TEST(HeadWriter, H16_RefusesANameThatIsNoToken) {
    for (const char* bad : {"", "a b", "a:", "a\r\nb", "\xc3\xa9", "(a)"}) {
        const auto written = write_head(request(bad, "x"));
        ASSERT_FALSE(written) << bad;
        EXPECT_EQ(written.error().part, "a header name");
    }
}

TEST(HeadWriter, H16_RefusesATargetWithBlanksOrControls) {
    for (const char* bad : {"", "/a b", "/a\r\nX: y", "/\xc3\xa9", "/\x7f"}) {
        auto head = request("X", "y");
        head.target = bad;
        const auto written = write_head(head);
        ASSERT_FALSE(written) << bad;
        EXPECT_EQ(written.error().part, "the request target");
    }
}

TEST(HeadWriter, H16_RefusesAMethodThatIsNoToken) {
    auto head = request("X", "y");
    head.method = "GET /";
    EXPECT_EQ(write_head(head).error().part, "the method");
}

TEST(HeadWriter, H16_RefusesAReasonWithALineBreakOrAnotherControl) {
    for (const std::string bad : {"bad\r\nX: y", "\x1f", "\x7f", "\xff"}) {
        const ResponseHead head{.status = 400, .reason = bad, .version_minor = 1, .fields = {}};
        EXPECT_EQ(write_head(head).error().part, "the reason phrase");
    }
}

TEST(HeadWriter, WritesAReasonWithATab) {
    const ResponseHead head{.status = 400, .reason = "a\tb~", .version_minor = 1, .fields = {}};
    EXPECT_EQ(write_head(head), "HTTP/1.1 400 a\tb~\r\n\r\n");
}

TEST(HeadWriter, RefusesAStatusOutsideOf100To599) {
    for (const int status : {-1, 0, 99, 600, 1000}) {
        EXPECT_EQ(write_head(ResponseHead{
                                 .status = status, .reason = "", .version_minor = 1, .fields = {}})
                      .error()
                      .part,
                  "the status");
    }
}

TEST(HeadWriter, WritesTheFirstAndTheLastStatus) {
    ResponseHead head{.status = 100, .reason = "", .version_minor = 1, .fields = {}};
    EXPECT_EQ(write_head(head), "HTTP/1.1 100 Continue\r\n\r\n");
    head.status = 599;
    EXPECT_EQ(write_head(head), "HTTP/1.1 599 \r\n\r\n");
}

TEST(HeadWriter, RefusesABadHeaderOfAResponse) {
    const ResponseHead head{
        .status = 200, .reason = "", .version_minor = 1, .fields = {{"A", "b\n"}}};
    EXPECT_EQ(write_head(head).error().part, "the value of header A");
}

}  // namespace
}  // namespace tautline::http
