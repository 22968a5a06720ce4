// SPDX-License-Identifier: MIT
// A client on the core alone, in a loop of poll(2): says hello to hello_server, prints what comes
// back, and closes. poll_client [port]
#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace {

using namespace tautline;
namespace ws = tautline::websocket;

// The core reads no clock and draws no randomness: both are handed in.
Instant now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return Instant(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
}

struct Randomness final : RandomBytes {
    void fill(MutableBytes out) override {
        if (::getentropy(out.data(), out.size()) != 0) std::abort();
    }
};

int report(std::string_view problem) {
    std::fprintf(stderr, "%s\n", std::string(problem).c_str());
    return 1;
}

// One connection: a response head first, then an engine.
class Connection {
public:
    Connection(int fd, ws::ClientHandshake handshake)
        : fd_(fd),
          handshake_(std::move(handshake)),
          output_(http::write_head(handshake_.request()).value()),
          head_deadline_(now() + std::chrono::seconds(10)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd_); }

    // Returns what the program ends with.
    int run() {
        while (!over_) {
            transmit();
            wait();
            handle_timeout();
            receive();
        }
        return status_;
    }

private:
    void wait() {
        const short events = output_.empty() ? POLLIN : POLLIN | POLLOUT;
        pollfd interest{.fd = fd_, .events = events, .revents = 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(next_timeout() - now());
        ::poll(&interest, 1, static_cast<int>(std::clamp<Duration::rep>(left.count(), 0, 60'000)));
    }

    // When the connection is dropped, whatever waits. Once the engine has ended it asks for no time
    // itself: what is left is for the server, to end the stream (RFC 6455 section 7.1.1).
    [[nodiscard]] std::optional<Instant> deadline() const {
        return engine_ ? engine_->close_deadline() : head_deadline_;
    }
    [[nodiscard]] Instant next_timeout() const {
        const auto never = now() + std::chrono::hours(1);
        if (const auto end = deadline()) return *end;
        return engine_->next_timeout().value_or(never);
    }

    void handle_timeout() {
        if (engine_) engine_->handle_timeout(now());
        answer_events();
        const auto end = deadline();
        if (!end || now() < *end) return;
        over_ = true;
        if (!engine_) fail("the server did not answer in time");
    }

    void receive() {
        std::byte piece[16384];
        const auto count = ::recv(fd_, piece, sizeof piece, MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return receive_end(count < 0 ? errno : 0);
        MutableBytes bytes(piece, static_cast<std::size_t>(count));
        if (!engine_ && !receive_head(bytes)) return;
        // What comes behind the head belongs to the engine, which has taken what it needs of
        // `piece` when there are no more events.
        engine_->receive(bytes, now());
        answer_events();
    }

    void receive_end(int error) {
        over_ = true;
        if (!engine_) return fail("the server ended before it answered");
        engine_->receive_end(std::error_code(error, std::system_category()), now());
        answer_events();
    }

    // Takes the head from the front of `bytes`. Whether it is complete and the server agreed.
    bool receive_head(MutableBytes& bytes) {
        const auto progress = reader_.receive(bytes);
        if (!progress) return fail("no answer in HTTP"), false;
        bytes = bytes.subspan(progress->taken);
        if (!progress->head) return false;
        const auto agreed = handshake_.receive(*progress->head);
        if (!agreed) return fail(agreed.error().to_string()), false;
        engine_ = ws::native_engine().make({.role = Role::client,
                                            .options = &options_,
                                            .compression = agreed->compression,
                                            .random = &random_,
                                            .now = now()});
        (void)engine_->send_message(MessageType::text, as_bytes("hello"), {});  // nothing waits yet
        return true;
    }

    void answer_events() {
        if (!engine_) return;
        while (const auto event = engine_->poll_event()) {
            if (const auto* message = std::get_if<ws::MessageReceived>(&*event)) {
                std::printf("%s\n", std::string(as_text(message->payload)).c_str());
                std::fflush(stdout);
                (void)engine_->close(CloseCode::normal, {}, now());
            } else if (const auto* closed = std::get_if<Closed>(&*event)) {
                if (!closed->clean) fail(closed->error.message());
            }
        }
        take_output();
    }

    void take_output() {
        while (engine_->buffered_bytes() > 0) {
            const std::size_t before = output_.size();
            for (const Bytes piece : engine_->poll_transmit()) output_ += as_text(piece);
            engine_->transmitted(output_.size() - before);
        }
    }

    void transmit() {
        while (!output_.empty()) {
            const auto sent =
                ::send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) return;  // no room, or broken, which `receive` will hear
            output_.erase(0, static_cast<std::size_t>(sent));
        }
    }

    void fail(std::string_view problem) {
        status_ = report(problem);
        over_ = true;
    }

    int fd_;
    ws::ClientHandshake handshake_;
    std::string output_;
    Instant head_deadline_;
    Randomness random_;
    ConnectionOptions options_;
    http::ResponseReader reader_;
    std::unique_ptr<ws::Engine> engine_;  // null before the answer
    int status_ = 0;
    bool over_ = false;
};

// -1, or the connected socket.
int connect_to(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string port = argc > 1 ? argv[1] : "8080";
    const auto uri = http::parse_uri("ws://127.0.0.1:" + port + "/echo");
    if (!uri) return report(http::message_for(uri.error()));
    std::array<std::byte, 16> nonce;
    Randomness().fill(nonce);
    auto handshake = ws::ClientHandshake::begin({.uri = *uri}, nonce);
    if (!handshake) return report(handshake.error().to_string());
    const int fd = connect_to(uri->port);
    if (fd < 0) return report("cannot connect to 127.0.0.1:" + port);
    return Connection(fd, *std::move(handshake)).run();
}
