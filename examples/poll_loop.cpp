// SPDX-License-Identifier: MIT
// The core alone, in a loop of poll(2): no Asio, no thread, nothing of tautline above proto. An
// echo server: poll_loop [port [patience]], where patience is how many seconds a peer may keep it
// waiting: for its request, for a sign of life, and for the end.
#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>

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

// One connection: a request head first, then an engine.
class Connection {
public:
    Connection(int fd, RandomBytes& random, std::chrono::seconds patience)
        : fd_(fd),
          random_(random),
          options_{.ping_interval = patience, .pong_timeout = patience, .close_timeout = patience},
          head_deadline_(now() + patience) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { ::close(fd_); }

    // Whether the connection goes on.
    bool receive() {
        std::byte piece[16384];
        const auto count = ::recv(fd_, piece, sizeof piece, MSG_DONTWAIT);
        if (count <= 0) return false;
        if (last_ || shut_) return true;  // nobody listens to it any more
        MutableBytes bytes(piece, static_cast<std::size_t>(count));
        if (!engine_ && !receive_head(bytes)) return true;
        // What comes behind the head belongs to the engine.
        engine_->receive(bytes, now());
        answer_events();
        return true;
    }

    // Whether the connection goes on.
    bool handle_timeout() {
        // Dropped whatever waits: a peer that reads nothing would stay for ever.
        if (const auto end = deadline(); end && now() >= *end) return false;
        if (!engine_ || engine_->ended()) return true;
        engine_->handle_timeout(now());
        answer_events();
        return true;
    }

    // Whether the connection goes on.
    bool transmit() {
        while (!output_.empty()) {
            const auto sent =
                ::send(fd_, output_.data(), output_.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (sent < 0) return errno == EAGAIN;
            output_.erase(0, static_cast<std::size_t>(sent));
        }
        if (last_ || (engine_ && engine_->ended())) shut_down();
        return true;
    }

    [[nodiscard]] pollfd interest() const {
        // Backpressure: who does not read what was answered is not read from either.
        const short events = output_.empty() ? POLLIN : POLLOUT;
        return {.fd = fd_, .events = events, .revents = 0};
    }
    [[nodiscard]] std::optional<Instant> next_timeout() const {
        // While the engine is open it has no deadline for the end, afterwards nothing else.
        const auto end = deadline();
        return end || !engine_ ? end : engine_->next_timeout();
    }

private:
    // Takes the head from the front of `bytes`. Whether it is complete and was accepted.
    bool receive_head(MutableBytes& bytes) {
        auto progress = reader_.receive(bytes);
        if (!progress) return refuse(ws::reject(http::http_status_for(progress.error())));
        bytes = bytes.subspan(progress->taken);
        if (!progress->head) return false;
        // A browser would let any page speak in the name of its visitor.
        if (!ws::is_same_origin(*progress->head, false)) return refuse(ws::reject(403));
        const auto accepted = ws::accept(*progress->head, {});
        if (!accepted) return refuse(accepted.error());
        output_ += http::write_head(accepted->response).value();
        engine_ = ws::native_engine().make({.role = Role::server,
                                            .options = &options_,
                                            .compression = accepted->agreement.compression,
                                            .random = &random_,
                                            .now = now()});
        return true;
    }

    // When the connection is dropped. A refused one has the deadline of its head.
    [[nodiscard]] std::optional<Instant> deadline() const {
        return engine_ ? engine_->close_deadline() : head_deadline_;
    }

    // RFC 6455 section 7.1.1: says that nothing more comes, and reads until the peer says it too.
    // Closing with input unread would make TCP throw away what is still on its way to the peer.
    void shut_down() {
        if (!std::exchange(shut_, true)) ::shutdown(fd_, SHUT_WR);
    }

    bool refuse(const ws::Refused& refused) {
        output_ += http::write_head(refused.response).value() + refused.body;
        last_ = true;
        return false;
    }

    void answer_events() {
        while (const auto event = engine_->poll_event()) {
            const auto* message = std::get_if<ws::MessageReceived>(&*event);
            if (message) (void)engine_->send_message(message->type, message->payload, {});
        }
        while (engine_->buffered_bytes() > 0) {
            const std::size_t before = output_.size();
            for (const Bytes piece : engine_->poll_transmit()) output_ += as_text(piece);
            engine_->transmitted(output_.size() - before);
        }
    }

    int fd_;
    RandomBytes& random_;
    ConnectionOptions options_;
    Instant head_deadline_;
    http::RequestReader reader_;
    std::unique_ptr<ws::Engine> engine_;  // null before the upgrade
    std::string output_;
    bool last_ = false;  // ends when the output is out
    bool shut_ = false;  // has said that nothing more comes
};

using Connections = std::map<int, std::unique_ptr<Connection>>;

// -1, or the listening socket; `port` is what the system chose, if it was 0.
int listen_on(std::uint16_t& port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(fd, generic, length) != 0 || ::listen(fd, 128) != 0) return -1;
    ::getsockname(fd, generic, &length);
    port = ntohs(address.sin_port);
    return fd;
}

// Milliseconds until the first deadline, rounded up; -1 when there is none.
int wait_time(const Connections& connections) {
    std::optional<Instant> first;
    for (const auto& [fd, connection] : connections) {
        const auto due = connection->next_timeout();
        if (due && (!first || *due < *first)) first = due;
    }
    if (!first) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*first - now()).count();
    return static_cast<int>(std::clamp<decltype(left)>(left, 0, 60'000));
}

void serve_ready(Connections& connections, const std::vector<pollfd>& ready) {
    for (const pollfd& entry : ready) {
        const auto found = connections.find(entry.fd);
        if (found == connections.end()) continue;
        Connection& connection = *found->second;
        bool open = true;
        if (entry.revents & (POLLIN | POLLHUP | POLLERR)) open = connection.receive();
        if (!open || !connection.handle_timeout() || !connection.transmit())
            connections.erase(found);
    }
}

}  // namespace

int main(int argc, char** argv) {
    auto port = static_cast<std::uint16_t>(argc > 1 ? std::atoi(argv[1]) : 8080);
    const std::chrono::seconds patience(argc > 2 ? std::atoi(argv[2]) : 10);
    const int listener = listen_on(port);
    if (listener < 0) return std::perror("cannot listen"), 1;
    std::printf("listening on ws://127.0.0.1:%u/\n", unsigned{port});
    std::fflush(stdout);
    Randomness random;
    Connections connections;
    while (true) {
        std::vector<pollfd> interest{{.fd = listener, .events = POLLIN, .revents = 0}};
        for (const auto& [fd, connection] : connections) interest.push_back(connection->interest());
        ::poll(interest.data(), interest.size(), wait_time(connections));
        serve_ready(connections, interest);
        if ((interest.front().revents & POLLIN) == 0) continue;
        const int fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) continue;
        connections.emplace(fd, std::make_unique<Connection>(fd, random, patience));
    }
}
