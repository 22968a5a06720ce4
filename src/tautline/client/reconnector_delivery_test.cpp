// SPDX-License-Identifier: MIT
// What becomes of messages when a connection dies: against a server that is written out here.
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <tests/support/listener.hpp>
#include <tests/support/reconnecting.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/client/reconnector.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>

namespace tautline::client {
namespace {

using namespace std::chrono_literals;
using test::poll_until;
using test::ReconnectingLine;
using test::RecordingServer;
using test::run_until;
using test::Texts;

// Accepts one connection, answers its handshake, and does nothing by itself.
class ScriptedServer {
public:
    ScriptedServer() {
        listener_.acceptor.set_option(asio::socket_base::receive_buffer_size(4096));
    }

    [[nodiscard]] std::uint16_t port() const { return listener_.endpoint().port; }

    // Runs the line until it is open, and listens no more.
    void open(ReconnectingLine& line) {
        listener_.acceptor.non_blocking(true);
        EXPECT_TRUE(poll_until(line.context, [&] { return accepted(); }));
        std::string request;
        EXPECT_TRUE(poll_until(line.context, [&] {
            request += read();
            return request.ends_with("\r\n\r\n");
        }));
        constexpr std::string_view kField = "Sec-WebSocket-Key: ";
        const auto key = request.substr(request.find(kField) + kField.size(), 24);
        write(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: " +
            websocket::handshake_accept_for(key) + "\r\n\r\n");
        EXPECT_TRUE(run_until(line.context, [&] { return line.opened == 1; }));
        listener_.acceptor.close();
    }

    // What is there right now.
    std::string read() {
        std::string bytes(socket_->available(), '\0');
        socket_->read_some(asio::buffer(bytes));
        return bytes;
    }
    // Everything until the client ends.
    std::string read_all(ReconnectingLine& line) {
        std::string bytes;
        socket_->non_blocking(true);
        EXPECT_TRUE(poll_until(line.context, [&] {
            std::array<char, 65536> piece;
            std::error_code error;
            const auto count = socket_->read_some(asio::buffer(piece), error);
            bytes.append(piece.data(), count);
            return error && error != asio::error::would_block;
        }));
        return bytes;
    }
    void write(std::string_view bytes) { asio::write(*socket_, asio::buffer(bytes)); }
    void shut_down() { socket_->shutdown(asio::socket_base::shutdown_send); }
    // As when a process is killed that has not read everything.
    void reset() {
        socket_->set_option(asio::socket_base::linger(true, 0));
        socket_->close();  // the destructor would not linger
    }

private:
    bool accepted() {
        std::error_code error;
        auto socket = listener_.acceptor.accept(error);
        if (!error) socket_ = std::make_unique<asio::ip::tcp::socket>(std::move(socket));
        return !error;
    }

    test::SilentListener listener_;
    std::unique_ptr<asio::ip::tcp::socket> socket_;
};

// Many more bytes than the system takes for a peer that does not read.
constexpr std::size_t kPayload = 64 * 1024;
constexpr std::size_t kFrame = kPayload + 14;
constexpr int kMessages = 400;

std::string numbered(int number) {
    std::string text = std::to_string(number);
    text.resize(kPayload, '.');
    return text;
}

Texts numbers(const Texts& messages) {
    Texts numbers;
    for (const auto& message : messages) numbers.push_back(message.substr(0, message.find('.')));
    return numbers;
}

// A line that waits, full of messages, for a peer that reads nothing.
struct Jam {
    ScriptedServer server;
    ReconnectingLine line{test::loopback_url(server.port())};
    RecordingServer next;

    explicit Jam(bool resend = false) {
        line.setup.options.max_kept_bytes = std::size_t{1} << 30;
        line.setup.options.resend_unconfirmed = resend;
        line.start();
        next.port = server.port();
        server.open(line);
        for (int i = 0; i < kMessages; ++i) EXPECT_TRUE(line.sender.send(numbered(i)));
        test::run_ready(line.context);
    }

    // Whatever was not told as lost comes to the next server, in order and once.
    void expect_nothing_more_is_lost() {
        next.start();
        EXPECT_TRUE(run_until(line.context, [&] { return line.sender.held_bytes() == 0; }));
        Texts all = numbers(line.lost);
        const Texts received = numbers(next.received());
        EXPECT_FALSE(all.empty());
        EXPECT_FALSE(received.empty());
        all.insert(all.end(), received.begin(), received.end());
        Texts expected;
        for (int i = 0; i < kMessages; ++i) expected.push_back(std::to_string(i));
        EXPECT_EQ(all, expected);
    }
};

TEST(ReconnectorDelivery, SendsAgainWhatDidNotGoOutBeforeAReset) {
    Jam jam;
    jam.server.reset();
    jam.expect_nothing_more_is_lost();
}

// The socket of this process that is connected to `port`.
int socket_to(std::uint16_t port) {
    for (int fd = 0; fd < 1024; ++fd) {
        sockaddr_in peer{};
        socklen_t size = sizeof(peer);
        if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) != 0) continue;
        if (peer.sin_family == AF_INET && peer.sin_port == htons(port)) return fd;
    }
    return -1;
}

// The system knows of a reset before the loop does.
TEST(ReconnectorDelivery, KeepsWhatIsSentIntoABrokenConnection) {
    ScriptedServer server;
    ReconnectingLine line{test::loopback_url(server.port())};
    RecordingServer next;
    line.start();
    next.port = server.port();
    server.open(line);
    test::run_ready(line.context);
    pollfd broken{.fd = socket_to(next.port), .events = 0, .revents = 0};
    asio::post(line.context, [&] {
        server.reset();
        EXPECT_EQ(::poll(&broken, 1, 10'000), 1);
    });
    for (int i = 0; i < 8; ++i) EXPECT_TRUE(line.sender.send(numbered(i)));
    test::run_ready(line.context);
    next.start();

    EXPECT_TRUE(run_until(line.context, [&] { return line.sender.held_bytes() == 0; }));

    EXPECT_TRUE(line.lost.empty());
    EXPECT_EQ(next.received().size(), 8U);
}

TEST(ReconnectorDelivery, SendsNothingMoreBehindTheEndOfThePeer) {
    Jam jam;
    jam.server.shut_down();
    const std::string read = jam.server.read_all(jam.line);
    EXPECT_LE(read.size() / kFrame, jam.line.lost.size());
    jam.expect_nothing_more_is_lost();
}

TEST(ReconnectorDelivery, SendsNothingMoreBehindTheCloseOfThePeer) {
    Jam jam;
    jam.server.write("\x88\x02\x03\xe9");
    const std::string read = jam.server.read_all(jam.line);
    EXPECT_LE(read.size() / kFrame, jam.line.lost.size());
    jam.expect_nothing_more_is_lost();
}

TEST(ReconnectorDelivery, SendsEverythingAgainWhenItShould) {
    Jam jam(true);
    jam.server.reset();
    jam.next.start();
    EXPECT_TRUE(run_until(jam.line.context, [&] { return jam.line.sender.held_bytes() == 0; }));
    EXPECT_TRUE(jam.line.lost.empty());
    EXPECT_EQ(jam.next.received().size(), static_cast<std::size_t>(kMessages));
}

TEST(ReconnectorDelivery, AsksOnlyWhenAllIsWritten) {
    Jam jam;
    // Frames of kFrame bytes and not one more in between: a Ping would stand there.
    std::string read;
    EXPECT_TRUE(poll_until(jam.line.context, [&] {
        read += jam.server.read();
        return read.size() > kFrame * kMessages;
    }));
    EXPECT_EQ(read.substr(kFrame * kMessages, 1), "\x89");
}

// What a server reads of one message "a" and the Ping behind it: 7 and 6 + 18 bytes.
struct Asked {
    ScriptedServer server;
    ReconnectingLine line{test::loopback_url(server.port())};
    std::string payload;

    explicit Asked(Duration close_timeout = 10s, Duration ask_again = 10ms) {
        line.setup.client_options.connection.close_timeout = close_timeout;
        line.setup.options.ask_again = ask_again;
        line.start();
        server.open(line);
        (void)line.sender.send("a");
        payload = question(7);
    }
    // The payload of the Ping that stands behind `before` bytes.
    std::string question(std::size_t before) {
        std::string read;
        EXPECT_TRUE(poll_until(line.context, [&] {
            read += server.read();
            return read.size() >= before + 24;
        }));
        std::string asked = read.substr(before + 6, 18);
        for (std::size_t i = 0; i < asked.size(); ++i) {
            asked[i] = static_cast<char>(asked[i] ^ read[before + 2 + i % 4]);
        }
        return asked;
    }
    void answer(const std::string& asked) { server.write("\x8a\x12" + asked); }
};

TEST(ReconnectorDelivery, HoldsAMessageUntilThePongBehindItComes) {
    Asked asked;
    test::run_ready(asked.line.context);
    EXPECT_GT(asked.line.sender.held_bytes(), 0U);
    asked.answer(asked.payload);
    EXPECT_TRUE(run_until(asked.line.context, [&] { return asked.line.sender.held_bytes() == 0; }));
}

TEST(ReconnectorDelivery, AsksAgainWithTheSameWords) {
    Asked asked;
    for (int i = 0; i < 2; ++i) EXPECT_EQ(asked.question(0), asked.payload);
    asked.answer(asked.payload);
    EXPECT_TRUE(run_until(asked.line.context, [&] { return asked.line.sender.held_bytes() == 0; }));
}

TEST(ReconnectorDelivery, TakesNoPongOfAnotherQuestion) {
    Asked asked(10s, 1h);
    std::string other = asked.payload;
    other.back() = '9';
    asked.answer(other);
    asked.answer(asked.payload);
    asked.answer(asked.payload);
    EXPECT_TRUE(run_until(asked.line.context, [&] { return asked.line.sender.held_bytes() == 0; }));
    asked.server.reset();
    EXPECT_TRUE(run_until(asked.line.context, [&] { return !asked.line.outages.empty(); }));
    EXPECT_TRUE(asked.line.lost.empty());
}

TEST(ReconnectorDelivery, TellsAsLostWhatWasSentAndNotConfirmed) {
    Asked asked;
    asked.server.reset();
    EXPECT_TRUE(run_until(asked.line.context, [&] { return !asked.line.outages.empty(); }));
    EXPECT_EQ(asked.line.lost, Texts{"a"});
}

// While it waits for the end of a message in parts it looks again and again.
TEST(ReconnectorDelivery, StopsAfterTheCloseTimeoutBehindAMessageInPartsThatDoesNotEnd) {
    ScriptedServer server;
    ReconnectingLine line{test::loopback_url(server.port())};
    line.setup.client_options.connection.close_timeout = 100ms;
    line.setup.handlers.on_open = [&](Peer& peer) {
        ++line.opened;
        (void)peer.send_part(MessageType::text, as_bytes("a"), false);
    };
    line.start();
    server.open(line);
    EXPECT_TRUE(line.sender.send("waits"));

    line.sender.stop();

    EXPECT_TRUE(run_until(line.context, [&] { return line.stopped.has_value(); }));
    EXPECT_EQ(line.kept, Texts{"waits"});
}

TEST(ReconnectorDelivery, StopsAfterTheCloseTimeoutWhenNothingIsConfirmed) {
    Asked asked(50ms, 1h);
    asked.line.sender.stop();
    EXPECT_TRUE(run_until(asked.line.context, [&] { return asked.line.stopped.has_value(); }));
    EXPECT_EQ(asked.line.stopped->code, UsageError::cancelled);
    EXPECT_EQ(asked.line.lost, Texts{"a"});
    EXPECT_TRUE(asked.line.kept.empty());
}

// What is sent then would come to nobody, and nobody would be told.
TEST(ReconnectorDelivery, KeepsNothingMoreOnceItTellsWhatItHasKept) {
    ReconnectingLine line(test::loopback_url(test::refusing_endpoint().port));
    line.setup.options.max_attempts = 1;
    std::optional<UsageError> refused;
    const auto tell = line.setup.reconnect_handlers.on_stopped;
    line.setup.reconnect_handlers.on_stopped = [&](const Error& error, std::vector<Message> kept) {
        const auto sent = line.sender.send("too late");
        if (!sent) refused = sent.error();
        tell(error, std::move(kept));
    };
    line.start();

    EXPECT_TRUE(run_until(line.context, [&] { return line.stopped.has_value(); }));

    EXPECT_EQ(refused, UsageError::closed);
}

TEST(ReconnectorDelivery, TellsOfNoRoomOnceItHasStopped) {
    ReconnectingLine line(test::loopback_url(test::refusing_endpoint().port));
    line.setup.options.max_attempts = 1;
    line.setup.options.max_kept_bytes = ReconnectLedger::kCharge;
    line.start();
    EXPECT_TRUE(line.sender.send("kept"));
    EXPECT_EQ(line.sender.send("refused").error(), UsageError::queue_full);

    EXPECT_TRUE(run_until(line.context, [&] { return line.stopped.has_value(); }));
    test::run_ready(line.context);

    EXPECT_EQ(line.kept, Texts{"kept"});
    EXPECT_EQ(line.rooms, 0);
}

}  // namespace
}  // namespace tautline::client
