// SPDX-License-Identifier: MIT
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

#include <tautline/proto/http/head_reader.hpp>

namespace tautline::http {
namespace {

using test::ExactCopy;

constexpr HeadLimits kSmall{.head_bytes = 10'000, .line_bytes = 100, .fields = 10};

// What became of some bytes, and how many of them it took to know.
struct Outcome {
    std::optional<HeadError> error;
    bool complete = false;
    std::size_t pieces = 0;
};

template <typename Reader>
Outcome read_in_pieces(std::string_view text, std::size_t piece_bytes, HeadLimits limits) {
    Reader reader(limits);
    Outcome outcome;
    while (!text.empty() && !outcome.complete && !outcome.error) {
        const ExactCopy piece(as_bytes(text.substr(0, piece_bytes)));
        const auto progress = reader.receive(piece.bytes());
        ++outcome.pieces;
        outcome.complete = progress && progress->head;
        if (!progress) outcome.error = progress.error();
        text.remove_prefix(std::min(piece_bytes, text.size()));
    }
    return outcome;
}

// Reads the text at once, in every piece size and in every split in two: all have to agree.
template <typename Reader>
std::optional<HeadError> error_of(const std::string& text, HeadLimits limits = kSmall) {
    const auto whole = read_in_pieces<Reader>(text, text.size(), limits);
    EXPECT_TRUE(whole.error || whole.complete) << text;
    for (std::size_t piece = 1; piece < text.size(); ++piece) {
        const auto cut = read_in_pieces<Reader>(text, piece, limits);
        EXPECT_EQ(cut.error, whole.error) << text << " in pieces of " << piece;
        EXPECT_EQ(cut.complete, whole.complete) << text << " in pieces of " << piece;
    }
    return whole.error;
}

std::optional<HeadError> request_error(const std::string& text, HeadLimits limits = kSmall) {
    return error_of<RequestReader>(text, limits);
}

// The number of the byte at which the reader fails.
std::size_t failing_byte(const std::string& text, HeadLimits limits = kSmall) {
    const auto outcome = read_in_pieces<RequestReader>(text, 1, limits);
    EXPECT_TRUE(outcome.error);
    return outcome.pieces;
}

std::string request_with_target(std::size_t line_bytes) {
    return "GET /" + std::string(line_bytes - 14, 'x') + " HTTP/1.1\r\n\r\n";
}

std::string request_with_line(std::size_t line_bytes) {
    return "GET / HTTP/1.1\r\nA: " + std::string(line_bytes - 3, 'x') + "\r\n\r\n";
}

std::string request_with_fields(int count) {
    std::string text = "GET / HTTP/1.1\r\n";
    for (int i = 0; i < count; ++i) text += "A: b\r\n";
    return text + "\r\n";
}

TEST(HeadReaderLimits, H03_ARequestLineOverTheLimitIs414) {
    EXPECT_EQ(request_error(request_with_target(99)), std::nullopt);
    EXPECT_EQ(request_error(request_with_target(100)), std::nullopt);
    EXPECT_EQ(request_error(request_with_target(101)), HeadError::target_too_long);
    EXPECT_EQ(http_status_for(HeadError::target_too_long), 414);
}

TEST(HeadReaderLimits, H03_ARequestLineOfAMegabyteIs414) {
    RequestReader reader;
    const auto progress = reader.receive(as_bytes("GET /" + std::string(1'000'000, 'x')));
    ASSERT_FALSE(progress);
    EXPECT_EQ(progress.error(), HeadError::target_too_long);
}

TEST(HeadReaderLimits, H01_AHeaderLineOverTheLimitIs431) {
    EXPECT_EQ(request_error(request_with_line(99)), std::nullopt);
    EXPECT_EQ(request_error(request_with_line(100)), std::nullopt);
    EXPECT_EQ(request_error(request_with_line(101)), HeadError::line_too_long);
    EXPECT_EQ(http_status_for(HeadError::line_too_long), 431);
}

TEST(HeadReaderLimits, H01_AHeaderLineOf20MegabytesInWritesOf4KiBIsRefusedAtTheLimit) {
    RequestReader reader;
    ASSERT_TRUE(reader.receive(as_bytes("GET / HTTP/1.1\r\nA: ")));
    const std::string piece(4096, 'x');
    std::size_t accepted = 0;

    for (std::size_t sent = 0; sent < 20'000'000; sent += piece.size()) {
        if (reader.receive(as_bytes(piece))) accepted += piece.size();
    }

    EXPECT_EQ(accepted, 4096U);
    EXPECT_EQ(reader.receive(as_bytes(piece)).error(), HeadError::line_too_long);
}

TEST(HeadReaderLimits, FailsAtTheByteThatCrossesTheLineLimit) {
    EXPECT_EQ(failing_byte("GET /" + std::string(200, 'x')), 101U);
    EXPECT_EQ(failing_byte("GET / HTTP/1.1\r\n" + std::string(200, 'x')), 16U + 101U);
}

TEST(HeadReaderLimits, FailsAtTheByteThatCrossesTheHeadLimit) {
    const HeadLimits limits{.head_bytes = 20, .line_bytes = 100, .fields = 10};
    EXPECT_EQ(failing_byte("GET / HTTP/1.1\r\nAAAAAAAAAAAA", limits), 21U);
}

// The first byte over the limit may be the CR of the end, and then has to be.
TEST(HeadReaderLimits, ALineAtTheLimitMayEndOnlyInCrLf) {
    const std::string line = "GET /" + std::string(95, 'x');
    EXPECT_EQ(request_error(line + "\rx"), HeadError::target_too_long);
    EXPECT_EQ(request_error(line + "\r\r\n"), HeadError::target_too_long);
    EXPECT_EQ(request_error(line + "x\n"), HeadError::target_too_long);
    EXPECT_EQ(request_error(line + "\n"), HeadError::malformed);
}

TEST(HeadReaderLimits, H15_AStatusLineOverTheLimitIsALineTooLong) {
    const std::string line = "HTTP/1.1 200 " + std::string(87, 'x');
    EXPECT_EQ(error_of<ResponseReader>(line + "\r\n\r\n"), std::nullopt);
    EXPECT_EQ(error_of<ResponseReader>(line + "x\r\n\r\n"), HeadError::line_too_long);
}

TEST(HeadReaderLimits, TheWholeHeadHasALimit) {
    const std::string text = "GET / HTTP/1.1\r\nA: b\r\nC: d\r\n\r\n";
    HeadLimits limits{.head_bytes = text.size() + 1, .line_bytes = 100, .fields = 9};
    EXPECT_EQ(request_error(text, limits), std::nullopt);
    limits.head_bytes = text.size();
    EXPECT_EQ(request_error(text, limits), std::nullopt);
    limits.head_bytes = text.size() - 1;
    EXPECT_EQ(request_error(text, limits), HeadError::too_large);
    EXPECT_EQ(http_status_for(HeadError::too_large), 431);
}

TEST(HeadReaderLimits, TheLimitThatIsCrossedFirstIsNamed) {
    const std::string text = "GET /" + std::string(100, 'x');
    EXPECT_EQ(request_error(text, {.head_bytes = 10, .line_bytes = 20, .fields = 9}),
              HeadError::too_large);
    EXPECT_EQ(request_error(text, {.head_bytes = 20, .line_bytes = 10, .fields = 9}),
              HeadError::target_too_long);
}

TEST(HeadReaderLimits, WhatFollowsTheHeadDoesNotCount) {
    const std::string head = "GET / HTTP/1.1\r\n\r\n";
    RequestReader reader({.head_bytes = head.size(), .line_bytes = 14, .fields = 0});

    const auto progress = reader.receive(as_bytes(head + std::string(1000, 'x')));

    ASSERT_TRUE(progress && progress->head);
    EXPECT_EQ(progress->taken, head.size());
}

TEST(HeadReaderLimits, TheEmptyLineBeforeARequestCountsForTheHead) {
    const std::string text = "\r\nGET / HTTP/1.1\r\n\r\n";
    HeadLimits limits{.head_bytes = text.size(), .line_bytes = 14, .fields = 0};
    EXPECT_EQ(request_error(text, limits), std::nullopt);
    limits.head_bytes -= 1;
    EXPECT_EQ(request_error(text, limits), HeadError::too_large);
}

TEST(HeadReaderLimits, H02_TheNumberOfFieldsHasALimit) {
    EXPECT_EQ(request_error(request_with_fields(9)), std::nullopt);
    EXPECT_EQ(request_error(request_with_fields(10)), std::nullopt);
    EXPECT_EQ(request_error(request_with_fields(11)), HeadError::too_many_fields);
    EXPECT_EQ(http_status_for(HeadError::too_many_fields), 431);
}

TEST(HeadReaderLimits, H02_TenThousandSmallHeadersAreRefused) {
    RequestReader reader;
    const auto progress = reader.receive(as_bytes(request_with_fields(10'000)));
    ASSERT_FALSE(progress);
    EXPECT_EQ(progress.error(), HeadError::too_many_fields);
}

TEST(HeadReaderLimits, H02_NoFieldMayBeAllowed) {
    const HeadLimits limits{.head_bytes = 1000, .line_bytes = 100, .fields = 0};
    EXPECT_EQ(request_error(request_with_fields(0), limits), std::nullopt);
    EXPECT_EQ(request_error(request_with_fields(1), limits), HeadError::too_many_fields);
}

TEST(HeadReaderLimits, AFoldedLineHasTheLimitsOfALineAndCountsForTheHead) {
    const std::string begin = "HTTP/1.1 200 OK\r\nA: b\r\n";
    const std::string fold = " " + std::string(99, 'x') + "\r\n";
    const std::string text = begin + fold + fold + "\r\n";
    HeadLimits limits{.head_bytes = text.size(), .line_bytes = 100, .fields = 1};
    EXPECT_EQ(error_of<ResponseReader>(text, limits), std::nullopt);
    EXPECT_EQ(error_of<ResponseReader>(begin + "x" + fold + "\r\n", limits),
              HeadError::line_too_long);
    limits.head_bytes -= 1;
    EXPECT_EQ(error_of<ResponseReader>(text, limits), HeadError::too_large);
}

TEST(HeadReaderLimits, TheLargestNumbersStandForNoLimit) {
    constexpr auto kNone = std::numeric_limits<std::size_t>::max();
    const HeadLimits limits{.head_bytes = kNone, .line_bytes = kNone, .fields = kNone};
    EXPECT_EQ(request_error(request_with_line(200), limits), std::nullopt);
}

TEST(HeadReaderLimits, LimitsOfZeroRefuseTheFirstByte) {
    EXPECT_EQ(request_error("G", {.head_bytes = 0, .line_bytes = 0, .fields = 0}),
              HeadError::too_large);
    EXPECT_EQ(request_error("G", {.head_bytes = 1, .line_bytes = 0, .fields = 0}),
              HeadError::target_too_long);
}

}  // namespace
}  // namespace tautline::http
