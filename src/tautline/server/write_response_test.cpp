// SPDX-License-Identifier: MIT
#include <tautline/server/write_response.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tautline::server {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string text_of(const auto& answer, const ResponseForm& form) {
    return write_response(answer, form).text;
}

TEST(WriteResponse, WritesStatusFieldsLengthAndBody) {
    EXPECT_EQ(text_of(Response::text("ok"), {}),
              "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\n"
              "Content-Length: 2\r\n\r\nok");
}

TEST(WriteResponse, TellsThatTheConnectionEnds) {
    EXPECT_THAT(text_of(Response::text("ok"), {.persistent = false}),
                HasSubstr("\r\nConnection: close\r\n"));
}

// RFC 9110 section 9.3.2: the answer to HEAD has the fields of the answer to GET.
TEST(WriteResponse, LeavesOnlyTheBodyOutForHead) {
    const auto text = text_of(Response::text("hello"), {.with_body = false});

    EXPECT_THAT(text, HasSubstr("Content-Length: 5\r\n"));
    EXPECT_THAT(text, EndsWith("\r\n\r\n"));
}

TEST(WriteResponse, WritesTheLengthOfNoBody) {
    EXPECT_EQ(text_of(Response{.status = 404}, {}),
              "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
}

// RFC 9110 section 8.6: no Content-Length with 204.
TEST(WriteResponse, WritesNeitherLengthNorBodyWhereNoneMayBe) {
    EXPECT_EQ(text_of(Response{.status = 204, .headers = {}, .body = "x"}, {}),
              "HTTP/1.1 204 No Content\r\n\r\n");
    EXPECT_EQ(text_of(Response{.status = 304, .headers = {}, .body = "x"}, {}),
              "HTTP/1.1 304 Not Modified\r\n\r\n");
}

// RFC 9110 section 15.3.6: no content. RFC 9112 section 6.3: it needs a length all the same.
TEST(WriteResponse, WritesNoBodyWith205) {
    EXPECT_EQ(text_of(Response{.status = 205, .headers = {}, .body = "x"}, {}),
              "HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n");
    EXPECT_THAT(text_of(websocket::reject(205, {}, "x"), {}),
                EndsWith("\r\nContent-Length: 0\r\n\r\n"));
}

TEST(WriteResponse, AddsADateUnlessThereIsOne) {
    const std::string now = "Sun, 06 Nov 1994 08:49:37 GMT";
    const Response own{.status = 204, .headers = {{"date", "mine"}}, .body = {}};

    EXPECT_EQ(text_of(Response{.status = 204}, {.date = now}),
              "HTTP/1.1 204 No Content\r\nDate: " + now + "\r\n\r\n");
    EXPECT_EQ(text_of(own, {.date = now}), "HTTP/1.1 204 No Content\r\ndate: mine\r\n\r\n");
    EXPECT_THAT(text_of(websocket::reject(403), {.date = now}),
                HasSubstr("\r\nDate: " + now + "\r\n"));
    EXPECT_EQ(dated({}, now).fields.find("Date"), now);
}

TEST(WriteResponse, KeepsFramingToItself) {
    const Response response{.status = 200,
                            .headers = {{"content-length", "7"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"Connection", "Upgrade"}},
                            .body = "ok"};

    EXPECT_EQ(text_of(response, {}), "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
}

TEST(WriteResponse, WritesNothingOfAnAnswerWithABadField) {
    const Response response{
        .status = 200, .headers = {{"X-Name", "a\r\nSet-Cookie: b"}}, .body = "secret"};

    const auto text = text_of(response, {});

    EXPECT_THAT(text, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(text, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
}

TEST(WriteResponse, WritesNoStatusThatIsNoAnswer) {
    EXPECT_THAT(text_of(Response{.status = 101}, {}), StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(text_of(Response{.status = 199}, {}), StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(text_of(Response{.status = 200}, {}), StartsWith("HTTP/1.1 200 "));
    EXPECT_THAT(text_of(Response{.status = 599}, {}), StartsWith("HTTP/1.1 599 "));
    EXPECT_THAT(text_of(Response{.status = 600}, {}), StartsWith("HTTP/1.1 500 "));
}

TEST(WriteResponse, WritesARefusal) {
    EXPECT_EQ(text_of(websocket::reject(403, {}, "No.\n"), {}),
              "HTTP/1.1 403 Forbidden\r\nConnection: close\r\n"
              "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n\r\nNo.\n");
}

TEST(WriteResponse, WritesARefusalOfHeadWithoutItsBody) {
    EXPECT_THAT(text_of(websocket::reject(403, {}, "No.\n"), {.with_body = false}),
                EndsWith("Content-Length: 4\r\n\r\n"));
}

TEST(WriteResponse, WritesNothingOfABadRefusal) {
    websocket::Refused refused = websocket::reject(403, {}, "secret");
    refused.response.fields.add("X", "\n");

    const auto text = text_of(refused, {});

    EXPECT_THAT(text, StartsWith("HTTP/1.1 500 "));
    EXPECT_THAT(text, Not(HasSubstr("secret")));
}

// For whoever observes.
TEST(WriteResponse, GivesTheHeadThatItWrote) {
    const auto answer = write_response(Response{.status = 204}, {.persistent = false}).head;
    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.fields.find("Connection"), "close");

    EXPECT_EQ(write_response(Response{.status = 101}, {}).head.status, 500);
    EXPECT_EQ(write_response(websocket::reject(403), {.date = "now"}).head.fields.find("Date"),
              "now");
}

}  // namespace
}  // namespace tautline::server
