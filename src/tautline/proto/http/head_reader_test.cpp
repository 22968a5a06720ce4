// SPDX-License-Identifier: MIT
#include <tautline/proto/http/head_reader.hpp>

#include <string>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

#include <tautline/proto/http/token_grammar.hpp>

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
    ASSERT_FALSE(reader.receive(as_bytes("GET / HTTP/2.0\r\n")));
    for (const std::string_view more : {kRequest, std::string_view(), std::string_view("\n")}) {
        const auto again = reader.receive(as_bytes(more));
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error(), HeadError::version_unsupported);
    }
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

std::optional<std::string> folded(std::string_view lines) {
    const auto progress = read<ResponseReader>("HTTP/1.1 200 OK\r\n" + std::string(lines) + "\r\n");
    if (!progress || !progress->head) return std::nullopt;
    EXPECT_EQ(progress->head->fields.size(), 1U);
    return std::string(*progress->head->fields.find("A"));
}

// RFC 9112 section 5.2.
TEST(HeadReader, JoinsTheFoldedLinesOfAResponse) {
    EXPECT_EQ(folded("A: b\r\n c\r\n"), "b c");
    EXPECT_EQ(folded("A: b \t\r\n\t  c\t \r\n  d e\r\n"), "b c d e");
    EXPECT_EQ(folded("A:\r\n b\r\n"), "b");
    EXPECT_EQ(folded("A: b\r\n \r\n"), "b");
    EXPECT_EQ(folded("A: b\r\n \r\n\tc\r\n"), "b c");
    EXPECT_EQ(folded("A: b\r\n c: d\r\n"), "b c: d");
}

TEST(HeadReader, JoinsFoldedLinesToTheFieldBeforeThem) {
    const auto progress =
        read<ResponseReader>("HTTP/1.1 200 OK\r\nA: b\r\nC: d\r\n e\r\nF: g\r\n\r\n");
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->head->fields.find("A"), "b");
    EXPECT_EQ(progress->head->fields.find("C"), "d e");
    EXPECT_EQ(progress->head->fields.find("F"), "g");
}

TEST(HeadReader, F16_EverySplitInTwoOfAFoldedLineGivesTheSameHead) {
    constexpr std::string_view kFolded = "HTTP/1.1 200 OK\r\nA: b\r\n  c\r\n\td\r\n\r\n";
    for (std::size_t split = 0; split < kFolded.size(); ++split) {
        ResponseReader reader;
        ASSERT_TRUE(reader.receive(as_bytes(kFolded.substr(0, split))));
        const auto progress = reader.receive(as_bytes(kFolded.substr(split)));
        ASSERT_TRUE(progress && progress->head) << split;
        EXPECT_EQ(progress->head->fields.find("A"), "b c d") << split;
    }
}

TEST(HeadReader, RefusesFoldedLinesOfNoFieldAndWithControls) {
    for (const char* bad :
         {"HTTP/1.1 200 OK\r\n a: b\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\x01\r\n",
          "HTTP/1.1 200 OK\r\nA: b\r\n c\n\r\n", "HTTP/1.1 200 OK\r\nA: b\r\n c\rd\r\n"}) {
        const auto progress = read<ResponseReader>(bad);
        ASSERT_FALSE(progress) << bad;
        EXPECT_EQ(progress.error(), HeadError::malformed) << bad;
    }
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
    for (const char* bad : {"GET / HTTP/2.0\r\n", "GET / HTTP/0.9\r\n", "GET / HTTP/3.1\r\n"}) {
        EXPECT_EQ(refused(bad), HeadError::version_unsupported) << bad;
    }
}

// RFC 9110 section 2.5.
TEST(HeadReader, ReadsAHigherMinorVersionAsTheOneThatItKnows) {
    for (const char* later : {"GET / HTTP/1.2\r\n\r\n", "GET / HTTP/1.9\r\n\r\n"}) {
        EXPECT_EQ(read<RequestReader>(later)->head->version_minor, 1) << later;
    }
}

TEST(HeadReader, RefusesAStatusLineOfAnotherShape) {
    for (const char* bad : {"HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000\r\n",
                            "HTTP/1.1 2x0 OK\r\n", "HTTP/1.1 x00 OK\r\n", "HTTP/1.1 20x OK\r\n",
                            "HTTP/1.1  200 OK\r\n", "HTTP/1.1 099 OK\r\n",
                            "HTTP/1.1 200 O\x01K\r\n", "ICY 200 OK\r\n", "HTTP/1.1-200 OK\r\n"}) {
        const auto progress = read<ResponseReader>(bad);
        ASSERT_FALSE(progress) << bad;
        EXPECT_EQ(progress.error(), HeadError::malformed) << bad;
    }
    EXPECT_EQ(read<ResponseReader>("HTTP/2.0 200 OK\r\n").error(), HeadError::version_unsupported);
}

// RFC 9110 section 15: it is for the client to take it for a 5xx.
TEST(HeadReader, ReadsAStatusOfNoClass) {
    for (const int status : {600, 999}) {
        const auto progress =
            read<ResponseReader>("HTTP/1.1 " + std::to_string(status) + " Odd\r\n\r\n");
        ASSERT_TRUE(progress && progress->head) << status;
        EXPECT_EQ(progress->head->status, status);
        EXPECT_FALSE(progress->head->is_interim());
    }
}

TEST(HeadReader, KeepsObsoleteTextInValues) {
    const auto progress = read<RequestReader>("GET / HTTP/1.1\r\nA: caf\xe9\r\n\r\n");
    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->head->fields.find("A"), "caf\xe9");
}

TEST(HeadReader, RefusesWhatCannotBeginARequestAtItsFirstByte) {
    const auto tls_client_hello = test::wire("16 0301");
    RequestReader reader;
    EXPECT_EQ(reader.receive(tls_client_hello).error(), HeadError::malformed);
    for (const char* bad : {" ", "\n", "\xff", "(", "\t"}) {
        EXPECT_EQ(refused(bad), HeadError::malformed) << bad;
    }
}

TEST(HeadReader, RefusesWhatCannotBeginAResponseAtItsFirstByte) {
    const auto tls_alert = test::wire("15 0303");
    ResponseReader reader;
    EXPECT_EQ(reader.receive(tls_alert).error(), HeadError::malformed);
    for (const char* bad : {"h", "\r", "\n", "S", " "}) {
        const auto progress = read<ResponseReader>(bad);
        ASSERT_FALSE(progress) << bad;
        EXPECT_EQ(progress.error(), HeadError::malformed) << bad;
    }
}

// Every byte in the middle of each part: only those of the grammar pass.
TEST(HeadReader, H17_RefusesEveryByteThatIsNotOfItsPart) {
    for (int value = 0; value < 256; ++value) {
        const std::string c(1, static_cast<char>(value));
        const bool visible = value > 0x20 && value < 0x7f;
        const bool text = value == '\t' || (value >= 0x20 && value != 0x7f);
        const auto accepts = [](const std::string& bytes) {
            const auto progress = read<RequestReader>(bytes);
            return progress && progress->head;
        };
        EXPECT_EQ(accepts("G" + c + "T / HTTP/1.1\r\n\r\n"), is_token(c)) << value;
        EXPECT_EQ(accepts("GET /a" + c + "b HTTP/1.1\r\n\r\n"), visible) << value;
        EXPECT_EQ(accepts("GET / HTTP/1.1\r\nA: a" + c + "b\r\n\r\n"), text) << value;
        const bool in_name = is_token(c) || c == ":";
        EXPECT_EQ(accepts("GET / HTTP/1.1\r\na" + c + "b: a\r\n\r\n"), in_name) << value;
    }
}

TEST(HeadReader, EveryErrorHasAStatus) {
    EXPECT_EQ(http_status_for(HeadError::malformed), 400);
    EXPECT_EQ(http_status_for(HeadError::target_too_long), 414);
    EXPECT_EQ(http_status_for(HeadError::line_too_long), 431);
    EXPECT_EQ(http_status_for(HeadError::too_large), 431);
    EXPECT_EQ(http_status_for(HeadError::too_many_fields), 431);
    EXPECT_EQ(http_status_for(HeadError::version_unsupported), 505);
}

}  // namespace
}  // namespace tautline::http
