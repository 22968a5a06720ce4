// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace tautline::test {

/// A client of a few lines over a blocking socket, which knows nothing of the library: what it
/// expects is written out in the test. Reads give up after 20 seconds: a watchdog.
class RawClient {
public:
    explicit RawClient(std::uint16_t port) : fd_(::socket(AF_INET, kType, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    explicit RawClient(const std::string& unix_path) : fd_(::socket(AF_UNIX, kType, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, unix_path.c_str(), sizeof address.sun_path - 1);
        connect(reinterpret_cast<const sockaddr*>(&address), sizeof address);
    }
    /// Takes over a connection that was accepted.
    static RawClient adopt(int fd) { return RawClient(Adopted{fd}); }
    RawClient(RawClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    RawClient& operator=(RawClient&&) = delete;
    ~RawClient() { close(); }

    [[nodiscard]] bool connected() const { return connected_; }

    /// Whether all of it was taken: the peer may have closed.
    bool send(std::string_view text) {
        while (!text.empty()) {
            const auto sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    bool send(const std::vector<std::byte>& bytes) {
        return send({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    }

    /// Exactly `count` bytes; fewer when the peer ends.
    [[nodiscard]] std::string read(std::size_t count) {
        while (received_.size() < count && receive()) continue;
        return take(count);
    }
    /// Up to and including `end`; what there is when the peer ends before.
    [[nodiscard]] std::string read_until(std::string_view end) {
        while (!received_.contains(end) && receive()) continue;
        const std::size_t place = received_.find(end);
        return take(place == received_.npos ? place : place + end.size());
    }
    [[nodiscard]] std::string read_head() { return read_until("\r\n\r\n"); }
    [[nodiscard]] std::string read_line() { return read_until("\r\n"); }
    /// What is there, or comes next; nothing when the peer has ended.
    [[nodiscard]] std::string read_some() {
        if (received_.empty()) receive();
        return take(received_.size());
    }
    /// Everything until the peer ends.
    [[nodiscard]] std::string read_all() {
        while (receive()) continue;
        return take(received_.size());
    }
    /// Whether the peer ended in order, with nothing before that.
    [[nodiscard]] bool at_end() { return read(1).empty() && !broken_; }
    /// Whether the connection was reset, or the watchdog bit.
    [[nodiscard]] bool broken() const { return broken_; }

    /// Whether something has come, be it the end.
    [[nodiscard]] bool readable() const {
        char first = 0;
        return !received_.empty() || ::recv(fd_, &first, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
    }

    void shut_down() const { ::shutdown(fd_, SHUT_WR); }
    void close() {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }
    [[nodiscard]] int descriptor() const { return fd_; }
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

private:
    static constexpr int kType = SOCK_STREAM | SOCK_CLOEXEC;

    struct Adopted {
        int fd;
    };
    explicit RawClient(Adopted adopted) : fd_(adopted.fd), connected_(true) { prepare(); }

    void connect(const sockaddr* address, socklen_t length) {
        prepare();
        connected_ = ::connect(fd_, address, length) == 0;
    }
    void prepare() const {
        const int now = 1;  // What is sent in small pieces leaves at once. TCP only.
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
        const timeval watchdog{.tv_sec = 20, .tv_usec = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &watchdog, sizeof watchdog);
        ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &watchdog, sizeof watchdog);
    }
    bool receive() {
        char piece[4096];
        const auto count = ::recv(fd_, piece, sizeof piece, 0);
        if (count < 0) broken_ = true;
        if (count <= 0) return false;
        received_.append(piece, static_cast<std::size_t>(count));
        return true;
    }
    std::string take(std::size_t count) {
        std::string taken = received_.substr(0, count);
        received_.erase(0, taken.size());
        return taken;
    }

    int fd_;
    bool connected_ = false;
    bool broken_ = false;
    std::string received_;
};

/// Connects to `port` and resets the connection at once. Returns the address that it came from.
inline std::string reset_connection(std::uint16_t port) {
    RawClient client(port);
    sockaddr_in own{};
    socklen_t size = sizeof own;
    ::getsockname(client.descriptor(), reinterpret_cast<sockaddr*>(&own), &size);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(client.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    return "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
}

/// A correct request for a WebSocket, with `fields` added. The answer to its key is
/// "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" (RFC 6455 section 1.3).
inline std::string upgrade_request(std::string_view path, std::string_view fields = {}) {
    std::string request = "GET ";
    request.append(path).append(
        " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n");
    return request.append(fields).append("\r\n");
}

}  // namespace tautline::test
