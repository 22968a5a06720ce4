// SPDX-License-Identifier: MIT
#include <tautline/session/shared_deflate.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

namespace tautline::session {
namespace {

TEST(SharedDeflateOfALoop, IsOneForEachLoop) {
    asio::io_context first;
    asio::io_context second;

    auto& of_first = shared_deflate(io::Loop::of(first));

    EXPECT_EQ(&of_first, &shared_deflate(io::Loop::of(first)));
    EXPECT_NE(&of_first, &shared_deflate(io::Loop::of(second)));
}

}  // namespace
}  // namespace tautline::session
