// SPDX-License-Identifier: MIT
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <tests/support/allocations.hpp>
#include <tests/support/h2_pair.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/running_server.hpp>
#include <tests/support/start_session.hpp>

#include <tautline/client/client.hpp>
#include <tautline/server/server.hpp>
#include <tautline/transport/tcp_stream.hpp>

// Messages go to and fro between a server and a client over a real socket, and neither takes memory
// for them once the first have passed.

namespace tautline {
namespace {

using test::allocations;
using test::RunningServer;

constexpr std::size_t kWarmUp = 50;
constexpr std::size_t kRounds = 200;
constexpr std::string_view kMark = "mark";

/// What one side allocates between the first mark and the second.
class Meter {
public:
    void mark() {
        if (!begin_) {
            begin_ = allocations();
        } else {
            counted_ = allocations() - *begin_;
        }
    }
    /// std::nullopt: there was no second mark.
    [[nodiscard]] std::optional<std::size_t> counted() const { return counted_; }

private:
    std::optional<std::size_t> begin_;
    std::optional<std::size_t> counted_;
};

struct Setup {
    /// What the client does in each round; an answer ends the round.
    std::function<void(Peer&)> step;
    ConnectionOptions connection = {};
};

/// Rounds to warm up, a mark, the rounds that count, a mark.
class Rounds {
public:
    explicit Rounds(Setup setup) : setup_(std::move(setup)) {
        running_.server.websocket("/",
                                  {.on_message =
                                       [this](Peer& peer, MessageView message) {
                                           if (message.text() == kMark) server.mark();
                                           (void)peer.send(message);
                                       }},
                                  {.connection = setup_.connection});
        port_ = running_.start();
    }

    void run() {
        Client connection;
        ClientOptions options;
        options.connection = setup_.connection;
        connection.connect("ws://127.0.0.1:" + std::to_string(port_) + "/", handlers(), options,
                           [](const Error& error) { ADD_FAILURE() << error.to_string(); });
        connection.run();
        running_.stop(Duration::zero());
    }

#ifndef TAUTLINE_WITHOUT_HTTP2
    // A client of ours speaks HTTP/2 over TLS only, which takes memory of its own.
    void run_over_http2() {
        asio::io_context context;
        io::Loop& loop = io::Loop::of(context);
        asio::ip::tcp::socket socket(context);
        socket.connect({asio::ip::address_v4::loopback(), port_});
        test::H2Recorder told;
        session::Registry registry;
        transport::H2Connection connection(
            loop, transport::TcpStream::adopt(loop, socket.release()), h2::Role::client, told, {});
        EXPECT_TRUE(test::run_until(context, [&] { return told.settings.has_value(); }));
        auto request = test::websocket_request("/");
        request.scheme = "http";
        (void)connection.open(std::move(request), [&](auto response) {
            test::start_session(loop, registry, std::move(response->stream),
                                {.role = Role::client, .handlers = handlers()});
        });
        EXPECT_TRUE(test::run_until(context, [this] { return closed_; }));
        running_.stop(Duration::zero());
    }
#endif

    Meter server;
    Meter client;

private:
    Handlers handlers() {
        return {.on_open =
                    [this](Peer& peer) {
                        const bool compressed = setup_.connection.compression.has_value();
                        EXPECT_EQ(peer.info().compression.has_value(), compressed);
                        next(peer);
                    },
                .on_message =
                    [this](Peer& peer, MessageView message) {
                        if (message.text() == kMark) client.mark();
                        next(peer);
                    },
                .on_pong = [this](Peer& peer, Bytes, std::optional<Duration>) { next(peer); },
                .on_closed =
                    [this](Peer&, const Closed& closed) {
                        EXPECT_TRUE(closed.clean);
                        closed_ = true;
                    }};
    }
    void next(Peer& peer) {
        const std::size_t round = round_++;
        if (round == kWarmUp || round == kWarmUp + kRounds + 1) {
            (void)peer.send(kMark);
        } else if (round < kWarmUp + kRounds + 1) {
            setup_.step(peer);
        } else {
            (void)peer.close();
        }
    }

    Setup setup_;
    RunningServer running_;
    std::uint16_t port_ = 0;
    std::size_t round_ = 0;
    bool closed_ = false;
};

void expect_none(const Rounds& rounds) {
    EXPECT_EQ(rounds.server.counted(), 0U);
    EXPECT_EQ(rounds.client.counted(), 0U);
}

void expect_no_allocation(Setup setup) {
    Rounds rounds(std::move(setup));
    rounds.run();
    expect_none(rounds);
}

// Compresses about as text of people does.
std::string text_of(std::size_t bytes) {
    std::string text;
    for (int i = 0; text.size() < bytes; ++i) {
        text += R"({"id":)" + std::to_string(i * i) + R"(,"state":"open"},)";
    }
    return text.substr(0, bytes);
}

std::function<void(Peer&)> sends_text(std::size_t bytes) {
    return [text = text_of(bytes)](Peer& peer) { (void)peer.send(text); };
}

std::function<void(Peer&)> sends_binary(std::size_t bytes) {
    return [data = std::string(bytes, 'x')](Peer& peer) { (void)peer.send(as_bytes(data)); };
}

// Both sides send a message of so many bytes in so many fragments.
Setup fragments(std::size_t count, std::size_t bytes) {
    return {.step = sends_text(bytes),
            .connection = {.send_fragment_bytes = (bytes + count - 1) / count}};
}

Setup compressed(std::size_t bytes, bool takeover) {
    return {
        .step = sends_text(bytes),
        .connection = {.compression = deflate::Options{.server_no_context_takeover = !takeover,
                                                       .client_no_context_takeover = !takeover}}};
}

TEST(EchoAllocations, ThereAreNoneFor20Bytes) { expect_no_allocation({.step = sends_binary(20)}); }

TEST(EchoAllocations, ThereAreNoneForAKilobyteOfText) {
    expect_no_allocation({.step = sends_text(1024)});
}

TEST(EchoAllocations, ThereAreNoneFor16Kilobytes) {
    expect_no_allocation({.step = sends_binary(std::size_t{16} * 1024)});
}

TEST(EchoAllocations, ThereAreNoneForTwoFragments) { expect_no_allocation(fragments(2, 200)); }

TEST(EchoAllocations, ThereAreNoneForTenFragments) { expect_no_allocation(fragments(10, 10'000)); }

TEST(EchoAllocations, ThereAreNoneForAMessageInParts) {
    expect_no_allocation({.step = [](Peer& peer) {
        (void)peer.send_part(MessageType::text, as_bytes("two "), false);
        (void)peer.send_part(MessageType::text, as_bytes("parts"), true);
    }});
}

TEST(EchoAllocations, ThereAreNoneForAPing) {
    expect_no_allocation({.step = [](Peer& peer) { (void)peer.ping(as_bytes("ping")); }});
}

TEST(EchoAllocations, ThereAreNoneForCompressedMessages) {
    expect_no_allocation(compressed(1024, false));
}

TEST(EchoAllocations, ThereAreNoneForCompressedMessagesThatZlibWrites) {
    expect_no_allocation(compressed(std::size_t{16} * 1024, false));
}

TEST(EchoAllocations, ThereAreNoneForCompressedMessagesWithContextTakeover) {
    expect_no_allocation(compressed(1024, true));
}

#ifndef TAUTLINE_WITHOUT_HTTP2
TEST(EchoAllocations, ThereAreNoneFor20BytesOverHttp2) {
    Rounds rounds({.step = sends_binary(20)});
    rounds.run_over_http2();
    expect_none(rounds);
}

// A window is given back when half of it is used, and nghttp2 takes memory to say so.
TEST(EchoAllocations, AreOneForEachWindowUpdateOverHttp2) {
    constexpr std::size_t kHalfWindow = std::size_t{32} * 1024;
    Rounds rounds({.step = sends_text(1024)});
    rounds.run_over_http2();
    EXPECT_LE(rounds.server.counted().value_or(kRounds), kRounds * 1024 / kHalfWindow + 1);
    EXPECT_LE(rounds.client.counted().value_or(kRounds), kRounds * 1024 / kHalfWindow + 1);
}
#endif

}  // namespace
}  // namespace tautline
