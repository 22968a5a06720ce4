// SPDX-License-Identifier: MIT
#include <tautline/server/http_date.hpp>

#include <chrono>

#include <gtest/gtest.h>

namespace tautline::server {
namespace {

std::string date_of(long seconds) {
    return http_date(std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

TEST(HttpDate, IsThatOfTheStandard) {
    EXPECT_EQ(date_of(784'111'777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110 section 5.6.7
}

// From `date -u -d @...`.
TEST(HttpDate, KnowsLeapYearsAndTheEndsOfDays) {
    EXPECT_EQ(date_of(0), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(date_of(951'868'799), "Tue, 29 Feb 2000 23:59:59 GMT");
    EXPECT_EQ(date_of(4'107'542'400), "Mon, 01 Mar 2100 00:00:00 GMT");
}

}  // namespace
}  // namespace tautline::server
