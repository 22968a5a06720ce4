// SPDX-License-Identifier: MIT
#include <tautline/io/loop_part.hpp>

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::io {
namespace {

std::vector<std::string>& steps() {
    static std::vector<std::string> all;
    return all;
}

struct First {
    ~First() { steps().emplace_back("~First"); }
    void shut_down() { steps().emplace_back("shut down First"); }
};

struct Second {
    ~Second() { steps().emplace_back("~Second"); }
};

struct Third {
    ~Third() { steps().emplace_back("~Third"); }
    void shut_down() { steps().emplace_back("shut down Third"); }
};

TEST(LoopPart, IsOneForEachLoop) {
    asio::io_context one;
    asio::io_context other;
    auto& part = part_of<int>(Loop::of(one));

    EXPECT_EQ(&part, &part_of<int>(Loop::of(one)));
    EXPECT_NE(&part, &part_of<int>(Loop::of(other)));
}

TEST(LoopPart, AllShutDownBeforeOneIsDestroyedTheLatestFirst) {
    std::optional<asio::io_context> context(std::in_place);
    Loop& loop = Loop::of(*context);
    (void)part_of<First>(loop);
    (void)part_of<Second>(loop);
    (void)part_of<Third>(loop);
    steps().clear();

    context.reset();

    EXPECT_EQ(steps(), (std::vector<std::string>{"shut down Third", "shut down First", "~Third",
                                                 "~Second", "~First"}));
}

}  // namespace
}  // namespace tautline::io
