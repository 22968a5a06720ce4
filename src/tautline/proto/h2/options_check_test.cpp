// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/options_check.hpp>

#include <limits>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>

namespace tautline::h2 {
namespace {

using testing::IsEmpty;
using testing::StartsWith;

constexpr std::uint32_t kLargest = 0x7fff'ffff;

TEST(H2Options, HaveNoProblemByDefault) { EXPECT_THAT(problem_with({}), IsEmpty()); }

// RFC 9113 section 6.9.1: a window is 2^31-1 bytes at most. With none nothing could ever arrive.
TEST(H2Options, HaveWindowsThatCanBeAnnounced) {
    for (const std::uint32_t bytes :
         {0U, kLargest + 1, std::numeric_limits<std::uint32_t>::max()}) {
        EXPECT_THAT(problem_with({.stream_window_bytes = bytes}),
                    StartsWith("stream_window_bytes must be from 1 to 2147483647"));
        EXPECT_THAT(problem_with({.connection_window_bytes = bytes}),
                    StartsWith("connection_window_bytes must be"));
    }
}

TEST(H2Options, LetSomethingHappen) {
    EXPECT_THAT(problem_with({.max_concurrent_streams = 0}), StartsWith("max_concurrent_streams"));
    EXPECT_THAT(problem_with({.max_output_bytes = 0}), StartsWith("max_output_bytes"));
    EXPECT_THAT(problem_with({.max_answer_bytes = 0}), StartsWith("max_answer_bytes"));
    EXPECT_THAT(problem_with({.glitch_burst = 1}), StartsWith("glitch_burst"));
    EXPECT_THAT(problem_with({.max_settings = 0}), StartsWith("max_settings"));
    EXPECT_THAT(problem_with({.max_unsent_acks = 0}), StartsWith("max_unsent_acks"));
}

// What the check lets pass a connection must be able to begin with.
TEST(H2Options, MakeAConnectionAtBothEndsOfTheirRanges) {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    const Options least{.max_concurrent_streams = 1,
                        .stream_window_bytes = 1,
                        .connection_window_bytes = 1,
                        .max_unread_bytes = 0,
                        .max_output_bytes = 1,
                        .max_answer_bytes = 1,
                        .glitch_burst = 2,
                        .max_settings = 1,
                        .max_continuations = 0,
                        .max_unsent_acks = 1};
    const Options most{.max_concurrent_streams = std::numeric_limits<std::uint32_t>::max(),
                       .stream_window_bytes = kLargest,
                       .connection_window_bytes = kLargest,
                       .max_unread_bytes = kMost,
                       .max_output_bytes = kMost,
                       .max_answer_bytes = kMost,
                       .max_settings = kMost,
                       .max_continuations = kMost,
                       .max_unsent_acks = kMost};
    for (const Options& options : {least, most}) {
        EXPECT_THAT(problem_with(options), IsEmpty());
        for (const Role role : {Role::client, Role::server}) test::H2Endpoint(role, options);
    }
}

// MAX_HEADER_LIST_SIZE has 32 bits: what goes beyond is announced as the most, not as nothing.
TEST(H2Options, AnnounceNoLimitOfAHeadAsTheMost) {
    Connection connection(Role::server, {}, {.head_bytes = std::size_t{1} << 32});
    connection.transmit();
    const std::string sent(as_text(std::as_const(connection.output()).readable()));
    EXPECT_NE(sent.find(test::big_endian(0x6, 2) + test::big_endian(0xffff'ffff, 4)), sent.npos);
}

}  // namespace
}  // namespace tautline::h2
