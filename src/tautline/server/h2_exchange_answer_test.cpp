// SPDX-License-Identifier: MIT
// Plain answers over HTTP/2, as the client gets them.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>

#include <tautline/server/h2_exchange.hpp>

namespace tautline::server {
namespace {

struct H2Answers : testing::Test {
    struct Owner final : session::SlotOwner {
        bool take_slot() override {
            if (left == 0) return false;
            --left;
            return true;
        }
        void release_slot() override { ++left; }
        int left = 0;
    };

    H2Answers() : H2Answers(ServerOptions{}) {}
    explicit H2Answers(ServerOptions given, Duration first_request = std::chrono::hours(1))
        : options(std::move(given)) {
        auto [near, far] = transport::make_memory_pair(loop);
        client.emplace(loop, std::move(near), h2::Role::client, at_client,
                       transport::H2ConnectionOptions{.protocol = {.stream_window_bytes = 1000}});
        H2Exchange::start(site, session::Slot(owner), std::move(far), loop.now() + first_request);
        test::run_ready(context);
    }
    // What is answered when the application says `response`: "status, length: body", and "." when
    // the stream ended in order behind it.
    std::string ask(const std::string& method, const Response& response) {
        routes.add_get("/answer", [response](const Request&) { return response; });
        auto request = test::get_request("/answer");
        request.head.method = method;
        std::string answer;
        std::optional<test::H2Session> body;
        EXPECT_TRUE(client->open(request, [&](auto told) {
            ASSERT_TRUE(told);
            answer = std::to_string(told->head.status);
            if (const auto length = told->head.fields.find("content-length")) {
                answer += ", " + std::string(*length);
            }
            body.emplace(std::move(told->stream));
        }));
        test::run_ready(context);
        if (body) answer += ": " + body->told.received;
        if (body && body->told.end == std::error_code()) answer += ".";
        return answer;
    }

    // The frames for a peer that writes the head of a request by hand.
    std::string frames_for(const test::H2Fields& fields) {
        return frames_behind(test::headers_frame(1, fields));
    }
    std::string frames_behind(const std::string& frames) {
        auto [near, far] = transport::make_memory_pair(loop);
        test::StreamRecorder raw;
        near->set_handler(&raw);
        near->set_reading(true);
        H2Exchange::start(site, session::Slot(owner), std::move(far), loop.now());
        (void)test::write_text(*near,
                               std::string(test::kPreface) + test::settings_frame({}) + frames);
        test::run_ready(context);
        return raw.received;
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
    EXPECT_EQ(ask("GET", Response::text("hello")), "200, 5: hello.");
}

// RFC 9110 sections 15.3.5, 15.4.5 and 8.6: no content; nothing is said of a length with 204.
TEST_F(H2Answers, HaveNoBodyWith204) {
    EXPECT_EQ(ask("GET", {.status = 204, .headers = {}, .body = "x"}), "204: .");
}

// RFC 9110 section 15.3.6.
TEST_F(H2Answers, HaveNoBodyWith205) {
    EXPECT_EQ(ask("GET", {.status = 205, .headers = {}, .body = "x"}), "205, 0: .");
}

TEST_F(H2Answers, HaveNoBodyWith304) {
    EXPECT_EQ(ask("GET", {.status = 304, .headers = {}, .body = "x"}), "304: .");
}

// RFC 9110 section 9.3.2: the fields of the answer to GET, and nothing else.
TEST_F(H2Answers, HaveNoBodyForHead) {
    EXPECT_EQ(ask("HEAD", Response::text("hello")), "200, 5: .");
}

TEST_F(H2Answers, ThatCannotBeSentBecome500WithoutABodyForHead) {
    EXPECT_EQ(ask("HEAD", {.status = 200, .headers = {{"X", "a\nb"}}, .body = "x"}), "500, 28: .");
}

// RFC 9110 section 15: 599 is the last one. As over HTTP/1.1.
TEST_F(H2Answers, OfAStatusThatIsNoneBecome500) {
    EXPECT_EQ(ask("GET", {.status = 600}), "500, 28: This answer cannot be sent.\n.");
}

// RFC 9113 section 8.1: HTTP/2 needs no Content-Length for it.
TEST_F(H2Answers, RefuseABodyWithoutALength) {
    bool called = false;
    routes.add_get("/", [&](const Request&) {
        called = true;
        return Response::text("hello");
    });

    const auto answer =
        frames_for({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {":authority", "a"}});

    EXPECT_FALSE(called);
    EXPECT_NE(answer.find("413"), std::string::npos);
}

// As over HTTP/1.1.
TEST_F(H2Answers, RefuseATargetOutsideVisibleAscii) {
    bool called = false;
    routes.add_get("/{any}", [&](const Request&) {
        called = true;
        return Response::text("hello");
    });

    const auto answer = frames_for({{":method", "HEAD"},
                                    {":scheme", "https"},
                                    {":path", "/hea\xfflth"},
                                    {":authority", "127.0.0.1"}});

    EXPECT_FALSE(called);
    EXPECT_NE(answer.find(std::string("\x01\x05\0\0\0\x01\x8c", 7)), std::string::npos);
}

// RFC 9113 section 8.3.1.
TEST_F(H2Answers, H12_RefuseAnInvalidAuthority) {
    bool called = false;
    routes.add_get("/", [&](const Request&) {
        called = true;
        return Response::text("hello");
    });

    const auto answer = frames_for({{":method", "HEAD"},
                                    {":scheme", "https"},
                                    {":path", "/"},
                                    {":authority", "127.0.0.1:999999"}});

    EXPECT_FALSE(called);
    // A head that ends the stream, and begins with ":status: 400" (RFC 7541 appendix A).
    EXPECT_NE(answer.find(std::string("\x01\x05\0\0\0\x01\x8c", 7)), std::string::npos);
}

struct Witness final : observe::Observer {
    void observe(const observe::Event& event, observe::Stamp) override {
        if (const auto* sent = std::get_if<observe::ResponseSent>(&event)) {
            seen.push_back(std::to_string(sent->response.status));
        } else if (const auto* request = std::get_if<observe::RequestReceived>(&event)) {
            seen.push_back(request->request.target);
        } else if (std::holds_alternative<observe::Opened>(event)) {
            seen.emplace_back("opened");
        }
    }
    std::vector<std::string> seen;
};

// A reset came with the request, or HTTP/2 wants one for what came with it.
TEST_F(H2Answers, X02_AreNotObservedWhenNoHeadGoesOut) {
    const auto witness = std::make_shared<Witness>();
    options.observer = witness;
    routes.add_websocket("/chat", {}, {});
    auto no_body = test::websocket_fields();
    no_body.emplace_back("content-length", "0");
    const test::H2Fields get = {
        {":method", "GET"}, {":scheme", "https"}, {":path", "/plain"}, {":authority", "a"}};
    const auto reset = test::frame(0x3, 0, 1, test::big_endian(8, 4));

    (void)frames_behind(test::headers_frame(1, test::websocket_fields()) + reset);
    (void)frames_behind(test::headers_frame(1, no_body) + test::frame(0x0, 0, 1, "x"));
    (void)frames_behind(test::headers_frame(1, get) + reset);
    EXPECT_EQ(witness->seen, (std::vector<std::string>{"/chat", "/chat", "/plain"}));
    witness->seen.clear();
    (void)frames_for(test::websocket_fields());
    (void)frames_for(get);

    EXPECT_EQ(witness->seen, (std::vector<std::string>{"/chat", "200", "opened", "/plain", "404"}));
}

struct H2Sessions : H2Answers {
    H2Sessions() { routes.add_websocket("/", {}, {}); }
    int open() {
        int status = 0;
        EXPECT_TRUE(client->open(test::websocket_request("/"), [&](auto told) {
            ASSERT_TRUE(told);
            status = told->head.status;
            if (status == 200) open_streams.push_back(std::move(told->stream));
        }));
        test::run_ready(context);
        return status;
    }
    std::vector<std::unique_ptr<transport::ByteStream>> open_streams;
};

TEST_F(H2Sessions, BeyondTheFirstCountAsConnections) {
    owner.left = 1;

    EXPECT_EQ(open(), 200);
    EXPECT_EQ(open(), 200);
    EXPECT_EQ(open(), 503);
    EXPECT_EQ(owner.left, 0);
}

TEST_F(H2Sessions, AreRefusedWhenTheServerStops) {
    owner.left = 1;
    ASSERT_EQ(open(), 200);
    site.going_away = true;

    EXPECT_EQ(open(), 503);
}

TEST_F(H2Sessions, ThatEndMakeRoom) {
    owner.left = 1;
    ASSERT_EQ(open(), 200);
    ASSERT_EQ(open(), 200);

    open_streams.pop_back();
    test::run_ready(context);

    EXPECT_EQ(owner.left, 1);
    EXPECT_EQ(open(), 200);
}

TEST_F(H2Sessions, HaveTheSlotOfTheConnectionAgainWhenItsSessionHasEnded) {
    owner.left = 1;
    ASSERT_EQ(open(), 200);
    ASSERT_EQ(open(), 200);

    open_streams.erase(open_streams.begin());
    test::run_ready(context);

    EXPECT_EQ(owner.left, 0);
    EXPECT_EQ(open(), 200);
}

struct H2AnswersToLittle : H2Answers {
    H2AnswersToLittle() : H2Answers({.head_limits = {.fields = 2}}) {}
};

TEST_F(H2AnswersToLittle, H02_HaveTheLimitsOfTheServer) {
    EXPECT_EQ(ask("GET", Response::text("hello")), "431: .");
}

struct H2AnswersInHaste : H2Answers {
    H2AnswersInHaste() : H2Answers({.idle_timeout = std::chrono::hours(1)}, Duration::zero()) {}
};

TEST_F(H2AnswersInHaste, H04_AreNotWaitedForWithoutARequest) {
    EXPECT_TRUE(test::run_until(context, [&] { return at_client.closes == 1; }));

    EXPECT_EQ(at_client.end, std::error_code());
    EXPECT_EQ(registry.size(), 0U);
}

struct H2AnswersIdle : H2Answers {
    H2AnswersIdle() : H2Answers({.idle_timeout = std::chrono::milliseconds(20)}) {}
};

TEST_F(H2AnswersIdle, AreFollowedByTheIdleTimeout) {
    EXPECT_EQ(ask("GET", Response::text("hello")), "200, 5: hello.");

    EXPECT_TRUE(test::run_until(context, [&] { return at_client.ends == 1; }))
        << at_client.go_aways << at_client.ends << at_client.closes << registry.size()
        << client->stream_count();
}

struct H2AnswersUnread : H2Answers {
    H2AnswersUnread() : H2Answers({.answer_timeout = std::chrono::milliseconds(20)}) {}
};

TEST_F(H2AnswersUnread, X04_AreReset) {
    routes.add_get("/large", [](const Request&) { return Response::text(std::string(9000, 'b')); });
    std::unique_ptr<transport::ByteStream> unread;
    ASSERT_TRUE(client->open(test::get_request("/large"),
                             [&](auto told) { unread = std::move(told->stream); }));
    test::run_ready(context);
    ASSERT_TRUE(unread);

    test::StreamRecorder told;
    unread->set_handler(&told);
    EXPECT_TRUE(test::run_until(context, [&] { return told.ends == 1; }));

    EXPECT_EQ(told.end, h2::make_error_code(h2::ErrorCode::cancel));
}

}  // namespace
}  // namespace tautline::server
