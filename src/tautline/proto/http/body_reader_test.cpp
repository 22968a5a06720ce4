// SPDX-License-Identifier: MIT
#include <tautline/proto/http/body_reader.hpp>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::http {
namespace {

using State = BodyReader::State;
using test::ExactCopy;

ResponseHead head(FieldList fields, int status = 407) {
    return {.status = status, .reason = {}, .version_minor = 1, .fields = std::move(fields)};
}

ResponseHead chunked() { return head({{"Transfer-Encoding", "Chunked"}}); }

std::size_t receive(BodyReader& body, std::string_view text) {
    return body.receive(ExactCopy(as_bytes(text)).bytes());
}

State after(const ResponseHead& response, std::string_view text) {
    BodyReader body(response);
    receive(body, text);
    return body.state();
}

TEST(BodyReader, ReadsAsManyBytesAsTheLengthSays) {
    BodyReader body(head({{"Content-Length", "4"}}));
    EXPECT_EQ(receive(body, "abc"), 3u);
    EXPECT_EQ(body.state(), State::reading);
    EXPECT_EQ(receive(body, "defg"), 1u);
    EXPECT_EQ(body.state(), State::complete);
    EXPECT_EQ(body.kept(), "abcd");
    EXPECT_EQ(receive(body, "x"), 0u);
}

TEST(BodyReader, EqualLengthsCountAsOne) {
    EXPECT_EQ(after(head({{"Content-Length", "2, 2"}, {"Content-Length", "2"}}), "ab"),
              State::complete);
}

TEST(BodyReader, FailsWithALengthThatIsNone) {
    for (const char* length : {"", "x", "-1", "1 2", "1,2", "18446744073709551616", "0x1"}) {
        EXPECT_EQ(BodyReader(head({{"Content-Length", length}})).state(), State::failed) << length;
    }
}

TEST(BodyReader, SomeResponsesHaveNoBody) {
    EXPECT_EQ(BodyReader(head({{"Content-Length", "0"}})).state(), State::complete);
    for (const int status : {101, 204, 304}) {
        EXPECT_EQ(BodyReader(head({{"Content-Length", "5"}}, status)).state(), State::complete);
    }
}

TEST(BodyReader, WithoutALengthOnlyTheStreamEndsIt) {
    BodyReader body(head({}));
    EXPECT_TRUE(body.until_end_of_stream());
    EXPECT_EQ(receive(body, "abc"), 3u);
    EXPECT_EQ(body.state(), State::reading);
    EXPECT_EQ(body.kept(), "abc");
    EXPECT_TRUE(BodyReader(head({{"Transfer-Encoding", "gzip"}})).until_end_of_stream());
}

TEST(BodyReader, LengthAndChunksTogetherFail) {
    EXPECT_EQ(BodyReader(head({{"Transfer-Encoding", "chunked"}, {"Content-Length", "1"}})).state(),
              State::failed);
    ResponseHead old = chunked();
    old.version_minor = 0;
    EXPECT_EQ(BodyReader(old).state(), State::failed);
}

const std::string kChunks =
    "4\r\nWiki\r\n6 ;a=\"b\"\r\npedia \r\nA\r\nin chunks.\r\n00\r\nT: u\r\n\r\n";

TEST(BodyReader, ReadsChunks) {
    BodyReader body(chunked());
    EXPECT_FALSE(body.until_end_of_stream());
    EXPECT_EQ(receive(body, kChunks + "next"), kChunks.size());
    EXPECT_EQ(body.state(), State::complete);
    EXPECT_EQ(body.kept(), "Wikipedia in chunks.");
}

TEST(BodyReader, EverySplitInTwoOfChunksGivesTheSame) {
    for (std::size_t split = 0; split <= kChunks.size(); ++split) {
        BodyReader body(chunked());
        EXPECT_EQ(receive(body, kChunks.substr(0, split)), split);
        EXPECT_EQ(body.state(), split < kChunks.size() ? State::reading : State::complete);
        EXPECT_EQ(receive(body, kChunks.substr(split)), kChunks.size() - split);
        EXPECT_EQ(body.state(), State::complete) << split;
        EXPECT_EQ(body.kept(), "Wikipedia in chunks.");
    }
}

TEST(BodyReader, BrokenChunksFail) {
    for (const char* text : {"\r\n", "x\r\n", "-1\r\n", "1\n", "1\r\nab\r\n", "1\r\na\n", ";\r\n",
                             "10000000000000000\r\n", "0x1\r\n", "0\r\nT: u\n"}) {
        EXPECT_EQ(after(chunked(), text), State::failed) << text;
    }
}

TEST(BodyReader, ALineOfAChunkHasAtMost1024Bytes) {
    EXPECT_EQ(after(chunked(), "0;" + std::string(1020, 'x') + "\r\n"), State::reading);
    EXPECT_EQ(after(chunked(), "0;" + std::string(1021, 'x') + "\r\n"), State::failed);
}

TEST(BodyReader, KeepsTheBeginning) {
    BodyReader body(head({}), {.kept_bytes = 3, .total_bytes = 100});
    receive(body, "ab");
    EXPECT_FALSE(body.kept_full());
    receive(body, "cd");
    EXPECT_TRUE(body.kept_full());
    EXPECT_EQ(body.kept(), "abc");
}

TEST(BodyReader, FailsAtTheByteThatCrossesTheLimit) {
    const BodyLimits limits{.kept_bytes = 1, .total_bytes = 4};
    BodyReader exact(head({{"Content-Length", "4"}}), limits);
    EXPECT_EQ(receive(exact, "abcd"), 4u);
    EXPECT_EQ(exact.state(), State::complete);

    BodyReader more(head({{"Content-Length", "5"}}), limits);
    EXPECT_EQ(receive(more, "abcd"), 4u);
    EXPECT_EQ(more.state(), State::reading);
    EXPECT_EQ(receive(more, "e"), 0u);
    EXPECT_EQ(more.state(), State::failed);

    BodyReader lines(chunked(), limits);
    receive(lines, "1;abcdef");
    EXPECT_EQ(lines.state(), State::failed);
}

}  // namespace
}  // namespace tautline::http
