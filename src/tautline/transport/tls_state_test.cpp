// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_state.hpp>

#include <array>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tautline::transport {
namespace {

TEST(TlsState, ClosesItsKeyLog) {
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    {
        TlsState state;
        state.key_log = ends[1];
    }

    char byte = 0;
    EXPECT_EQ(::read(ends[0], &byte, 1), 0);
    ::close(ends[0]);
}

}  // namespace
}  // namespace tautline::transport
