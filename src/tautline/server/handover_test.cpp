// SPDX-License-Identifier: MIT
#include <tautline/server/handover.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>
#include <tests/support/wire.hpp>
#include <unistd.h>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline {
namespace {

using test::kHello;
using test::run_ready;
using test::upgrade_request;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

http::RequestHead head_of(const std::string& request) {
    http::RequestReader reader;
    return *reader.receive(as_bytes(request))->head;
}

struct HandoverTest : testing::Test {
    HandoverTest() {
        const auto added = handover.websocket(
            "/echo", {.on_message = [](Peer& peer, MessageView message) { peer.send(message); }});
        EXPECT_TRUE(added);
    }
    void adopt(const std::string& request, std::string_view rest = {}) {
        auto [near, far] = transport::make_memory_pair(io::Loop::of(context));
        client = std::move(near);
        client->set_handler(&at_client);
        client->set_reading(true);
        handover.adopt(std::move(far), head_of(request), as_bytes(rest));
        run_ready(context);
    }

    asio::io_context context;
    Handover handover{context};
    test::StreamRecorder at_client;
    std::unique_ptr<transport::MemoryStream> client;
};

TEST_F(HandoverTest, TellsAnObserverOfEachRequestWithAnIdOfItsOwn) {
    const auto journal = std::make_shared<test::EventJournal>();
    handover = Handover(context, {.observer = journal});
    ASSERT_TRUE(handover.websocket("/echo", {}));

    adopt(upgrade_request("/echo"));
    adopt(upgrade_request("/echo"), kHello);

    const auto calls = journal->calls();
    ASSERT_EQ(calls.size(), 2U);
    EXPECT_THAT(journal->of(calls[0]), ElementsAre("RequestReceived /echo", "ResponseSent 101",
                                                   "Opened", "SessionClosed"));
    EXPECT_THAT(journal->of(calls[1]), ElementsAre("RequestReceived /echo", "ResponseSent 101",
                                                   "Opened", "MessageReceived 5"));
}

TEST_F(HandoverTest, OpensAWebSocketOnAnyStream) {
    adopt(upgrade_request("/echo"), kHello);

    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 101 "));
    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\n\x81\x05Hello"));
    EXPECT_EQ(handover.connections(), 1U);
}

TEST_F(HandoverTest, OpensAWebSocketOnASocket) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);

    handover.adopt(ends[0], head_of(upgrade_request("/echo")));
    run_ready(context);

    std::string answer(12, '\0');
    EXPECT_EQ(::recv(ends[1], answer.data(), answer.size(), 0), 12);
    EXPECT_EQ(answer, "HTTP/1.1 101");
    ::close(ends[1]);
}

TEST_F(HandoverTest, ChecksTheRequest) {
    adopt(upgrade_request("/echo", "Origin: http://evil.com\r\n"));
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 403 "));
}

TEST_F(HandoverTest, RefusesAPathWithoutARoute) {
    adopt(upgrade_request("/other"));
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 404 "));
}

/// What a handover says of its options.
std::string told(const RouteOptions& route, const ServerOptions& options = {}) {
    asio::io_context context;
    Handover handover(context, options);
    const auto added = handover.websocket("/echo", {}, route);
    return added ? "" : std::string(name_for(added.error().code)) + " " + added.error().message;
}

TEST(Handover, SaysAtOnceWhichOptionCannotBeUsed) {
    EXPECT_EQ(told({}), "");
    EXPECT_THAT(told({.connection = {.max_buffered_bytes = 0}}),
                StartsWith("option_invalid max_buffered_bytes"));
    EXPECT_THAT(told({.subprotocols = {"a b"}}), HasSubstr("a subprotocol"));
    EXPECT_THAT(
        told({.connection = {.compression = deflate::Options{.client_max_window_bits = 5}}}),
        HasSubstr("a compression option"));
    EXPECT_THAT(told({.connection = {.ping_interval = Duration::max()}}),
                HasSubstr("ping_interval"));
    EXPECT_THAT(told({}, {.handshake_timeout = Duration::max()}), HasSubstr("handshake_timeout"));
}

TEST_F(HandoverTest, SaysAtOnceWhichPathCannotBeServed) {
    EXPECT_EQ(handover.websocket("/{", {}).error().code, UsageError::option_invalid);
    EXPECT_EQ(handover.websocket("/echo", {}).error().message, "the route is there twice");
}

TEST_F(HandoverTest, ServesNothingWhereAnOptionCannotBeUsed) {
    const auto added = handover.websocket("/full", {}, {.connection = {.max_buffered_bytes = 0}});
    EXPECT_FALSE(added);
    adopt(upgrade_request("/full"));
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 404 "));
}

TEST_F(HandoverTest, ClosesItsWebSocketsWhenItStops) {
    adopt(upgrade_request("/echo"));
    at_client.received.clear();

    handover.stop();
    run_ready(context);

    EXPECT_EQ(at_client.received, "\x88\x02\x03\xe9");
}

TEST_F(HandoverTest, OpensNothingOnceStopped) {
    handover.stop();
    adopt(upgrade_request("/echo"));
    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 503 "));
}

TEST_F(HandoverTest, DropsWhatIsLeft) {
    adopt(upgrade_request("/echo"));
    handover.drop();
    EXPECT_EQ(handover.connections(), 0U);
}

// Ends what it observes, at each event of one kind.
template <typename Event>
struct Ender final : observe::Observer {
    explicit Ender(std::function<void()> what) : end(std::move(what)) {}
    void observe(const observe::Event& event, observe::Stamp) override {
        if (std::holds_alternative<Event>(event)) end();
    }
    std::function<void()> end;
};

struct EndedByObserver : HandoverTest {
    // What was served to one request when the observer did `what` at `Event`.
    template <typename Event>
    std::string served(const std::string& path, void (Handover::*what)()) {
        const auto ender = std::make_shared<Ender<Event>>([this, what] { (handover.*what)(); });
        handover = Handover(context, {.observer = ender});
        EXPECT_TRUE(handover.websocket("/", {}));
        asked = 0;
        const auto accept = [this](UpgradeRequest request) { ++asked, request.accept(); };
        EXPECT_TRUE(handover.websocket("/later", {}, {.on_upgrade = accept}));
        const auto refuse = [this](UpgradeRequest request) { ++asked, request.reject(403); };
        EXPECT_TRUE(handover.websocket("/refused", {}, {.on_upgrade = refuse}));
        at_client.received.clear();
        adopt(upgrade_request(path));
        return at_client.received;
    }
    int asked = 0;
};

TEST_F(EndedByObserver, AtARequest) {
    for (const char* path : {"/", "/later", "/refused", "/none"}) {
        for (const auto what : {&Handover::drop, &Handover::stop}) {
            EXPECT_EQ(served<observe::RequestReceived>(path, what), "") << path;
            EXPECT_EQ(handover.connections(), 0U);
            EXPECT_EQ(asked, 0);
        }
    }
}

TEST_F(EndedByObserver, AtAnAnswer) {
    for (const char* path : {"/", "/later", "/refused", "/none"}) {
        EXPECT_EQ(served<observe::ResponseSent>(path, &Handover::drop), "") << path;
        EXPECT_EQ(handover.connections(), 0U);
    }
}

TEST_F(EndedByObserver, AtAnAnswerOnASocket) {
    (void)served<observe::ResponseSent>("/", &Handover::drop);
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    handover.adopt(ends[0], head_of(upgrade_request("/none")));
    run_ready(context);
    char byte = 0;
    EXPECT_EQ(::recv(ends[1], &byte, 1, MSG_DONTWAIT), 0);
    ::close(ends[1]);
}

TEST_F(EndedByObserver, WhatOpensAllTheSameIsClosed) {
    for (const char* path : {"/", "/later"}) {
        EXPECT_THAT(served<observe::ResponseSent>(path, &Handover::stop),
                    EndsWith("\x88\x02\x03\xe9"))
            << path;
    }
}

TEST_F(EndedByObserver, AnAnswerIsSentAllTheSame) {
    EXPECT_THAT(served<observe::ResponseSent>("/none", &Handover::stop),
                StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(served<observe::ResponseSent>("/refused", &Handover::stop),
                StartsWith("HTTP/1.1 403 "));
}

TEST_F(EndedByObserver, AnAnswerThatIsCollectedIsSentAllTheSame) {
    struct AtTheSecond final : observe::Observer {
        explicit AtTheSecond(Handover& what) : observed(what) {}
        void observe(const observe::Event& event, observe::Stamp) override {
            if (!std::holds_alternative<observe::RequestReceived>(event)) return;
            if (++requests == 2) observed.stop();
        }
        Handover& observed;
        int requests = 0;
    };
    handover = Handover(context, {.observer = std::make_shared<AtTheSecond>(handover)});
    const std::string both =
        "GET /one HTTP/1.1\r\nHost: a\r\n\r\nGET /two HTTP/1.1\r\nHost: a\r\n\r\n";

    adopt("GET /none HTTP/1.1\r\nHost: a\r\n\r\n", both);

    EXPECT_THAT(at_client.received, StartsWith("HTTP/1.1 404 "));
    EXPECT_THAT(at_client.received, EndsWith("\r\n\r\nNot found.\n"));
    EXPECT_EQ(handover.connections(), 1U) << "it lingers for the peer's end";
}

TEST_F(HandoverTest, MayBeDestroyedWithItsConnections) {
    adopt(upgrade_request("/echo"));
    {
        const Handover end = std::move(handover);
    }
    run_ready(context);
    EXPECT_EQ(at_client.ends, 1);
}

}  // namespace
}  // namespace tautline
