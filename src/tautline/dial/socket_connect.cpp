// SPDX-License-Identifier: MIT
#include <tautline/dial/socket_connect.hpp>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <type_traits>
#include <utility>

#include <asio/ip/tcp.hpp>
#include <asio/local/stream_protocol.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include <tautline/io/timer_wheel.hpp>
#include <tautline/transport/tcp_stream.hpp>

namespace tautline::dial {

namespace {

using asio::ip::tcp;
using asio::local::stream_protocol;

// What a sockaddr_un holds besides its NUL; Asio throws for more.
constexpr std::size_t kMaxUnixPath = 107;

// How often to ask a Unix socket whose backlog is full.
constexpr auto kAskAgain = std::chrono::milliseconds(20);

std::string hint_for(std::errc cause) {
    switch (cause) {
        case std::errc::connection_refused: return "Nothing listens there: is the server running?";
        case std::errc::network_unreachable:
        case std::errc::host_unreachable:
        case std::errc::address_not_available:
            return "There is no way to that address from here: look at the network and its routes.";
        case std::errc::no_such_file_or_directory: return "There is no socket of that name.";
        case std::errc::permission_denied: return "The permissions of the socket do not let us in.";
        default: return "Is a server listening there, and does a firewall let it through?";
    }
}

Error connect_error(std::string endpoint, int cause) {
    // Asio has a category of its own for them, which equals no std::errc.
    const std::error_code code(cause, std::system_category());
    return {.code = code,
            .phase = Phase::connect,
            .endpoint = std::move(endpoint),
            .message = "cannot connect (" + code.message() + "). " +
                       hint_for(static_cast<std::errc>(cause))};
}

// Shared with Asio, whose handler runs after a cancellation too.
template <typename Socket>
struct State final : io::TimerNode, std::enable_shared_from_this<State<Socket>> {
    State(io::Loop& on, std::string to, OnStream callback)
        : loop(on), socket(on.context()), name(std::move(to)), done(std::move(callback)) {}

    void begin() {
        if (const auto error = open()) return finish_soon(error);
        socket.async_connect(endpoint, [state = this->shared_from_this()](
                                           const asio::error_code& error) { state->end(error); });
    }
    // Asio's own sockets would stay open in the programs that the application starts.
    std::error_code open() {
        const int fd = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd < 0) return {errno, std::system_category()};
        asio::error_code error;
        socket.assign(endpoint.protocol(), fd, error);
        if (error) ::close(fd);
        return error;
    }
    void end(const std::error_code& error) {
        if (!done || !backlog_is_full(error)) return finish(error);
        asio::error_code ignored;
        socket.close(ignored);
        loop.timers().schedule(*this, loop.now() + kAskAgain);
    }
    void on_timer(Instant) override { begin(); }
    // A TCP listener drops what goes over its backlog, and the system asks it again; a Unix one
    // says so at once, with EAGAIN, which Asio takes for a word of its own.
    static bool backlog_is_full(const std::error_code& error) {
        return std::is_same_v<Socket, stream_protocol::socket> && error.value() == ENOBUFS;
    }
    void finish_soon(std::error_code error) {
        loop.post([state = this->shared_from_this(), error] { state->finish(error); });
    }
    void finish(const std::error_code& error) {
        auto callback = std::exchange(done, nullptr);
        if (!callback) return;
        if (error) return callback(std::unexpected(connect_error(name, error.value())));
        callback(transport::TcpStream::adopt(loop, socket.release()));
    }

    io::Loop& loop;
    Socket socket;
    typename Socket::endpoint_type endpoint;
    std::string name;
    OnStream done;
};

template <typename Socket>
class Connecting final : public Operation {
public:
    Connecting(io::Loop& loop, std::string name, OnStream done)
        : state_(std::make_shared<State<Socket>>(loop, std::move(name), std::move(done))) {}
    ~Connecting() override {
        state_->done = nullptr;
        asio::error_code ignored;
        state_->socket.close(ignored);
    }

    void begin(typename Socket::endpoint_type endpoint) {
        state_->endpoint = std::move(endpoint);
        state_->begin();
    }
    void fail_soon(std::errc cause) { state_->finish_soon(std::make_error_code(cause)); }

private:
    std::shared_ptr<State<Socket>> state_;
};

tcp::endpoint to_asio(const IpEndpoint& endpoint) {
    if (endpoint.address.is_v6()) {
        return {asio::ip::address_v6(endpoint.address.mapped()), endpoint.port};
    }
    return {asio::ip::address_v4(endpoint.address.v4()), endpoint.port};
}

}  // namespace

std::unique_ptr<Operation> connect_tcp(io::Loop& loop, const IpEndpoint& endpoint, OnStream done) {
    auto connecting =
        std::make_unique<Connecting<tcp::socket>>(loop, endpoint.to_string(), std::move(done));
    connecting->begin(to_asio(endpoint));
    return connecting;
}

std::unique_ptr<Operation> connect_unix(io::Loop& loop, const std::string& path, OnStream done) {
    auto connecting = std::make_unique<Connecting<stream_protocol::socket>>(loop, "unix:" + path,
                                                                            std::move(done));
    if (path.size() > kMaxUnixPath) {
        connecting->fail_soon(std::errc::filename_too_long);
    } else {
        connecting->begin(stream_protocol::endpoint(path));
    }
    return connecting;
}

}  // namespace tautline::dial
