// SPDX-License-Identifier: MIT
#include <tautline/server/response.hpp>

#include <gtest/gtest.h>

namespace tautline {
namespace {

TEST(Response, SaysWhatTypeATextIs) {
    const Response response = Response::text("hello", 404);

    EXPECT_EQ(response.status, 404);
    EXPECT_EQ(response.headers.find("Content-Type"), "text/plain; charset=utf-8");
    EXPECT_EQ(response.body, "hello");
}

TEST(Response, SaysWhatTypeAPageIs) {
    EXPECT_EQ(Response::html("<p>").headers.find("Content-Type"), "text/html; charset=utf-8");
}

TEST(Response, SaysWhatTypeJsonIs) {
    EXPECT_EQ(Response::json("{}").headers.find("Content-Type"), "application/json");
}

TEST(Response, IsFineByDefault) { EXPECT_EQ(Response::text("x").status, 200); }

TEST(Request, FindsItsParameters) {
    const Request request{.head = {}, .parameters = {{"a", "1"}, {"b", "2"}}};

    EXPECT_EQ(request.parameter("b"), "2");
    EXPECT_EQ(request.parameter("c"), "");
}

}  // namespace
}  // namespace tautline
