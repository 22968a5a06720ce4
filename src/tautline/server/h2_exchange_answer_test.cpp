// SPDX-License-Identifier: MIT
// Plain answers over HTTP/2, as the client gets them.
#include <optional>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>

#include <tautline/server/h2_exchange.hpp>

namespace tautline::server {
namespace {

struct H2Answers : testing::Test {
    struct Owner final : SlotOwner {
        void release_slot() override {}
    };
    struct Answer {
        int status = 0;
        std::optional<std::string> length;
        std::string body;
        std::optional<std::error_code> end;
    };

    H2Answers() {
        auto [near, far] = transport::make_memory_pair(loop);
        client.emplace(loop, std::move(near), h2::Role::client, at_client);
        H2Exchange::start(site, Slot(owner), std::move(far));
        test::run_ready(context);
    }
    // What is answered when the application says `response`.
    Answer ask(const std::string& method, const Response& response) {
        routes.add_get("/answer", [response](const Request&) { return response; });
        auto request = test::get_request("/answer");
        request.head.method = method;
        Answer answer;
        std::optional<test::H2Session> body;
        EXPECT_TRUE(client->open(request, [&](auto told) {
            ASSERT_TRUE(told);
            answer.status = told->head.status;
            if (const auto length = told->head.fields.find("content-length")) {
                answer.length = std::string(*length);
            }
            body.emplace(std::move(told->stream));
        }));
        test::run_ready(context);
        if (body) answer.body = body->told.received;
        if (body) answer.end = body->told.end;
        return answer;
    }

    Owner owner;
    Routes routes;
    ServerOptions options;
    test::H2Recorder at_client;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    Site site{loop, registry, routes, options};
    std::optional<transport::H2Connection> client;
};

TEST_F(H2Answers, HaveTheirLengthAndBody) {
    const auto answer = ask("GET", Response::text("hello"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.length, "5");
    EXPECT_EQ(answer.body, "hello");
    EXPECT_EQ(answer.end, std::error_code());
}

// RFC 9110 sections 15.3.5, 15.4.5 and 8.6: no content; nothing is said of a length with 204.
TEST_F(H2Answers, HaveNoBodyWith204) {
    const auto answer = ask("GET", {.status = 204, .headers = {}, .body = "x"});

    EXPECT_EQ(answer.status, 204);
    EXPECT_EQ(answer.length, std::nullopt);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.end, std::error_code());
}

TEST_F(H2Answers, HaveNoBodyWith304) {
    const auto answer = ask("GET", {.status = 304, .headers = {}, .body = "x"});

    EXPECT_EQ(answer.status, 304);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.end, std::error_code());
}

// RFC 9110 section 9.3.2: the fields of the answer to GET, and nothing else.
TEST_F(H2Answers, HaveNoBodyForHead) {
    const auto answer = ask("HEAD", Response::text("hello"));

    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.length, "5");
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.end, std::error_code());
}

TEST_F(H2Answers, ThatCannotBeSentBecome500WithoutABodyForHead) {
    const auto answer = ask("HEAD", {.status = 200, .headers = {{"X", "a\nb"}}, .body = "x"});

    EXPECT_EQ(answer.status, 500);
    EXPECT_EQ(answer.body, "");
    EXPECT_EQ(answer.end, std::error_code());
}

// RFC 9110 section 15: 599 is the last one. As over HTTP/1.1.
TEST_F(H2Answers, OfAStatusThatIsNoneBecome500) {
    EXPECT_EQ(ask("GET", {.status = 600}).status, 500);
}

}  // namespace
}  // namespace tautline::server
