// SPDX-License-Identifier: MIT
#include <tautline/session/find_parameter.hpp>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

TEST(FindParameter, FindsAValueByItsName) {
    EXPECT_EQ(find_parameter({{"room", "blue"}, {"seat", "7"}}, "seat"), "7");
}

TEST(FindParameter, FindsNothingUnderAnotherName) {
    EXPECT_EQ(find_parameter({{"room", "blue"}}, "Room"), "");
    EXPECT_EQ(find_parameter({}, "room"), "");
}

}  // namespace
}  // namespace tautline::session
