// SPDX-License-Identifier: MIT
#include <tautline/proto/http/head_reader.hpp>

#include <string>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::http {
namespace {

using test::ExactCopy;

template <typename Reader>
auto read(std::string_view text, HeadLimits limits = {}) {
    Reader reader(limits);
    return reader.receive(ExactCopy(as_bytes(text)).bytes());
}

HeadError refused(std::string_view text, HeadLimits limits = {}) {
    const auto progress = read<RequestReader>(text, limits);
    EXPECT_FALSE(progress) << text;
    return progress ? HeadError::too_large : progress.error();
}

constexpr std::string_view kRequest =
    "GET /chat?x=1 HTTP/1.1\r\nHost: example.org\r\nX-Empty:\r\nX-Blank: \t a b \t\r\n\r\n";

TEST(HeadReader, ReadsARequest) {
    const auto progress = read<RequestReader>(kRequest);
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->taken, kRequest.size());
    EXPECT_EQ(progress->head->method, "GET");
    EXPECT_EQ(progress->head->target, "/chat?x=1");
    EXPECT_EQ(progress->head->version_minor, 1);
    EXPECT_EQ(progress->head->fields.find("host"), "example.org");
    EXPECT_EQ(progress->head->fields.find("X-Empty"), "");
    EXPECT_EQ(progress->head->fields.find("X-Blank"), "a b");
}

TEST(HeadReader, ReadsAResponse) {
    const auto progress =
        read<ResponseReader>("HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n");
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->head->status, 101);
    EXPECT_EQ(progress->head->reason, "Switching Protocols");
    EXPECT_EQ(progress->head->version_minor, 0);
}

TEST(HeadReader, ReadsAResponseWithoutAReason) {
    for (const char* line : {"HTTP/1.1 200 \r\n\r\n", "HTTP/1.1 200\r\n\r\n"}) {
        const auto progress = read<ResponseReader>(line);
        ASSERT_TRUE(progress && progress->head) << line;
        EXPECT_EQ(progress->head->reason, "");
    }
}

TEST(HeadReader, LeavesWhatFollowsTheHead) {
    const auto progress = read<RequestReader>(std::string(kRequest) + "frames");
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->taken, kRequest.size());
}

TEST(HeadReader, EveryPrefixNeedsMore) {
    for (std::size_t length = 0; length < kRequest.size(); ++length) {
        const auto progress = read<RequestReader>(kRequest.substr(0, length));
        ASSERT_TRUE(progress) << length;
        EXPECT_FALSE(progress->head) << length;
        EXPECT_EQ(progress->taken, length);
    }
}

TEST(HeadReader, F16_EverySplitInTwoGivesTheSameHead) {
    for (std::size_t split = 0; split <= kRequest.size(); ++split) {
        RequestReader reader;
        auto progress = reader.receive(as_bytes(kRequest.substr(0, split)));
        ASSERT_TRUE(progress);
        if (split < kRequest.size()) progress = reader.receive(as_bytes(kRequest.substr(split)));
        ASSERT_TRUE(progress && progress->head) << split;
        EXPECT_EQ(progress->head->fields.find("X-Blank"), "a b");
        EXPECT_EQ(progress->head->fields.size(), 3U);
    }
}

TEST(HeadReader, ReadsByteByByte) {
    RequestReader reader;
    std::optional<RequestHead> head;
    for (const char& c : kRequest) {
        auto progress = reader.receive(as_bytes({&c, 1}));
        ASSERT_TRUE(progress);
        if (progress->head) head = std::move(progress->head);
    }
    ASSERT_TRUE(head);
    EXPECT_EQ(head->target, "/chat?x=1");
}

TEST(HeadReader, KnowsWhetherAnythingArrived) {
    RequestReader reader;
    EXPECT_TRUE(reader.untouched());
    ASSERT_TRUE(reader.receive(as_bytes("G")));
    EXPECT_FALSE(reader.untouched());
}

TEST(HeadReader, StaysFailed) {
    RequestReader reader;
    ASSERT_FALSE(reader.receive(as_bytes("bad\n")));
    const auto again = reader.receive(as_bytes(kRequest));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error(), HeadError::malformed);
}

TEST(HeadReaderDeathTest, IsUsedUpByItsHead) {
    RequestReader reader;
    ASSERT_TRUE(reader.receive(as_bytes(kRequest)));
    EXPECT_DEATH((void)reader.receive(as_bytes("x")), "contract broken");
}

// RFC 9112 section 2.2.
TEST(HeadReader, IgnoresOneEmptyLineBeforeARequest) {
    EXPECT_TRUE(read<RequestReader>("\r\n" + std::string(kRequest))->head);
    EXPECT_EQ(refused("\r\n\r\n" + std::string(kRequest)), HeadError::malformed);
}

TEST(HeadReader, H17_RefusesBareLineFeeds) {
    EXPECT_EQ(refused("GET / HTTP/1.1\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\n\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost: a\r\n\n"), HeadError::malformed);
}

TEST(HeadReader, H17_RefusesBareCarriageReturnsAndNul) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nA: b\rc\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET /\r HTTP/1.1\r\n"), HeadError::malformed);
    EXPECT_EQ(refused(std::string("GET / HTTP/1.1\r\nA: b\0c\r\n", 24)), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nA: b\x7f\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nA: b\r\r\n"), HeadError::malformed);
}

TEST(HeadReader, H17_RefusesASpaceBeforeTheColonAndFoldedLines) {
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nHost : a\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nA: b\r\n c\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n: b\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nnocolon\r\n"), HeadError::malformed);
    EXPECT_EQ(refused("GET / HTTP/1.1\r\nA\xc3\xa9: b\r\n"), HeadError::malformed);
}

TEST(HeadReader, RefusesARequestLineOfAnotherShape) {
    for (const char* bad : {"GET\r\n", "GET /\r\n", "GET / \r\n", "GET  / HTTP/1.1\r\n",
                            "GET / HTTP/1.1 \r\n", " GET / HTTP/1.1\r\n", "G(T / HTTP/1.1\r\n",
                            "GET / a HTTP/1.1\r\n", "GET /\xc3\xa9 HTTP/1.1\r\n",
                            "GET / http/1.1\r\n", "GET / HTTP/11\r\n", "GET / HTTP/1.x\r\n",
                            "GET / HTTP/x.1\r\n", "GET / HTTP/1-1\r\n", "GET / HTTP/1.10\r\n"}) {
        EXPECT_EQ(refused(bad), HeadError::malformed) << bad;
    }
}

TEST(HeadReader, RefusesOtherVersions) {
    for (const char* bad : {"GET / HTTP/1.2\r\n", "GET / HTTP/2.0\r\n", "GET / HTTP/0.9\r\n"}) {
        EXPECT_EQ(refused(bad), HeadError::version_unsupported) << bad;
    }
}

TEST(HeadReader, RefusesAStatusLineOfAnotherShape) {
    for (const char* bad : {"HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n",
                            "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 x00 OK\r\n", "HTTP/1.1 20x OK\r\n",
                            "HTTP/1.1  200 OK\r\n", "HTTP/1.1 099 OK\r\n", "HTTP/1.1 600 OK\r\n",
                            "HTTP/1.1 200 O\x01K\r\n", "ICY 200 OK\r\n", "HTTP/1.1-200 OK\r\n"}) {
        const auto progress = read<ResponseReader>(bad);
        ASSERT_FALSE(progress) << bad;
        EXPECT_EQ(progress.error(), HeadError::malformed) << bad;
    }
    EXPECT_EQ(read<ResponseReader>("HTTP/2.0 200 OK\r\n").error(), HeadError::version_unsupported);
}

TEST(HeadReader, KeepsObsoleteTextInValues) {
    const auto progress = read<RequestReader>("GET / HTTP/1.1\r\nA: caf\xe9\r\n\r\n");
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->head->fields.find("A"), "caf\xe9");
}

std::string request_with_target(std::size_t line_bytes) {
    return "GET /" + std::string(line_bytes - 14, 'x') + " HTTP/1.1\r\n\r\n";
}

TEST(HeadReader, H03_ARequestLineOverTheLimitIs414) {
    const HeadLimits limits{.head_bytes = 10000, .line_bytes = 100, .fields = 10};
    EXPECT_TRUE(read<RequestReader>(request_with_target(99), limits));
    EXPECT_TRUE(read<RequestReader>(request_with_target(100), limits));
    EXPECT_EQ(refused(request_with_target(101), limits), HeadError::target_too_long);
    EXPECT_EQ(refused(std::string(1'000'000, 'x')), HeadError::target_too_long);
    EXPECT_EQ(http_status_for(HeadError::target_too_long), 414);
}

std::string request_with_line(std::size_t line_bytes) {
    return "GET / HTTP/1.1\r\nA: " + std::string(line_bytes - 3, 'x') + "\r\n\r\n";
}

TEST(HeadReader, H01_AHeaderLineOverTheLimitIs431) {
    const HeadLimits limits{.head_bytes = 10000, .line_bytes = 100, .fields = 10};
    EXPECT_TRUE(read<RequestReader>(request_with_line(99), limits));
    EXPECT_TRUE(read<RequestReader>(request_with_line(100), limits));
    EXPECT_EQ(refused(request_with_line(101), limits), HeadError::line_too_long);
    EXPECT_EQ(http_status_for(HeadError::line_too_long), 431);
}

TEST(HeadReader, H01_AnEndlessHeaderLineIsRefusedAtTheLimit) {
    RequestReader reader;
    ASSERT_TRUE(reader.receive(as_bytes("GET / HTTP/1.1\r\nA: ")));
    const std::string piece(4096, 'x');
    std::size_t pieces = 0;
    while (reader.receive(as_bytes(piece))) ++pieces;
    EXPECT_EQ(pieces, 1U);
}

TEST(HeadReader, TheWholeHeadHasALimit) {
    const std::string text = "GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n";
    EXPECT_TRUE(
        read<RequestReader>(text, {.head_bytes = text.size(), .line_bytes = 100, .fields = 9})
            ->head);
    EXPECT_EQ(refused(text, {.head_bytes = text.size() - 1, .line_bytes = 100, .fields = 9}),
              HeadError::too_large);
    EXPECT_EQ(http_status_for(HeadError::too_large), 431);
}

std::string request_with_fields(int count) {
    std::string text = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < count; ++i) text += "A: b\r\n";
    return text + "\r\n";
}

TEST(HeadReader, H02_TheNumberOfFieldsHasALimit) {
    const HeadLimits limits{.head_bytes = 100000, .line_bytes = 100, .fields = 100};
    EXPECT_TRUE(read<RequestReader>(request_with_fields(99), limits)->head);
    EXPECT_TRUE(read<RequestReader>(request_with_fields(100), limits)->head);
    EXPECT_EQ(refused(request_with_fields(101), limits), HeadError::too_many_fields);
    EXPECT_EQ(refused(request_with_fields(10000), limits), HeadError::too_many_fields);
    EXPECT_EQ(http_status_for(HeadError::too_many_fields), 431);
}

TEST(HeadReader, EveryErrorHasAStatus) {
    EXPECT_EQ(http_status_for(HeadError::malformed), 400);
    EXPECT_EQ(http_status_for(HeadError::version_unsupported), 505);
}

}  // namespace
}  // namespace tautline::http
