// SPDX-License-Identifier: MIT
// The floor: what the kernel and OpenSSL alone cost. Sends back every byte that comes, with one
// recv and one send (one SSL_read and one SSL_write) a turn, and knows nothing of WebSocket.
#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/support/server_arguments.hpp"
#include "bench/support/sockets.hpp"

namespace {

constexpr std::size_t kBufferBytes = std::size_t{512} * 1024;

struct Connection {
    int fd = -1;
    SSL* ssl = nullptr;
    std::string waiting;  // what the socket did not take
};

class Floor {
public:
    explicit Floor(const bench::ServerArguments& arguments) : buffer_(kBufferBytes) {
        if (!arguments.tls()) return;
        tls_ = SSL_CTX_new(TLS_server_method());
        SSL_CTX_use_certificate_chain_file(tls_, arguments.certificate.c_str());
        SSL_CTX_use_PrivateKey_file(tls_, arguments.key.c_str(), SSL_FILETYPE_PEM);
        // Not SSL_MODE_RELEASE_BUFFERS: it allocates for each message.
        SSL_CTX_set_mode(tls_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
        SSL_CTX_set_read_ahead(tls_, 1);
    }

    void run() {
        std::uint16_t port = 0;
        listener_ = bench::listen_on_loopback(port, SOCK_NONBLOCK);
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
        bench::announce(port);
        std::vector<epoll_event> events(1024);
        for (;;) {
            const int count = ::epoll_wait(epoll_, events.data(), 1024, -1);
            for (int i = 0; i < count; ++i) {
                const epoll_event& event = events[static_cast<std::size_t>(i)];
                if (event.data.ptr == nullptr) {
                    accept_all();
                } else {
                    serve(*static_cast<Connection*>(event.data.ptr));
                }
            }
        }
    }

private:
    void watch(int operation, int fd, std::uint32_t events, Connection* connection) {
        epoll_event event{};
        event.events = events;
        event.data.ptr = connection;
        ::epoll_ctl(epoll_, operation, fd, &event);
    }

    void accept_all() {
        for (;;) {
            const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            bench::set_no_delay(fd);
            auto connection = std::make_unique<Connection>(Connection{.fd = fd, .waiting = {}});
            if (tls_) {
                connection->ssl = SSL_new(tls_);
                SSL_set_fd(connection->ssl, fd);
                SSL_set_accept_state(connection->ssl);
            }
            watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection.release());
        }
    }

    // Bytes read; 0 for none now; negative when it is over.
    long read(Connection& connection) {
        if (connection.ssl) {
            const int size = static_cast<int>(buffer_.size());
            const int count = SSL_read(connection.ssl, buffer_.data(), size);
            if (count > 0) return count;
            return SSL_get_error(connection.ssl, count) == SSL_ERROR_WANT_READ ? 0 : -1;
        }
        const ssize_t count = ::recv(connection.fd, buffer_.data(), buffer_.size(), 0);
        if (count > 0) return count;
        return count < 0 && errno == EAGAIN ? 0 : -1;
    }

    long write(Connection& connection, const char* data, std::size_t size) {
        if (connection.ssl) {
            long total = 0;
            while (size > 0) {
                const int count = SSL_write(connection.ssl, data, static_cast<int>(size));
                if (count <= 0) break;
                total += count;
                data += count;
                size -= static_cast<std::size_t>(count);
            }
            return total;
        }
        return std::max<ssize_t>(0, ::send(connection.fd, data, size, MSG_NOSIGNAL));
    }

    void serve(Connection& connection) {
        if (!connection.waiting.empty()) return drain(connection);
        do {
            const long count = read(connection);
            if (count < 0) return close(connection);
            if (count == 0) return;
            const auto size = static_cast<std::size_t>(count);
            const auto sent = static_cast<std::size_t>(write(connection, buffer_.data(), size));
            if (sent < size) {
                connection.waiting.assign(buffer_.data() + sent, size - sent);
                return watch(EPOLL_CTL_MOD, connection.fd, EPOLLOUT, &connection);
            }
        } while (connection.ssl && SSL_has_pending(connection.ssl));
    }

    void drain(Connection& connection) {
        std::string& waiting = connection.waiting;
        waiting.erase(0,
                      static_cast<std::size_t>(write(connection, waiting.data(), waiting.size())));
        if (!waiting.empty()) return;
        watch(EPOLL_CTL_MOD, connection.fd, EPOLLIN, &connection);
        // OpenSSL may hold what no event will tell of.
        if (connection.ssl && SSL_has_pending(connection.ssl)) serve(connection);
    }

    static void close(Connection& connection) {
        SSL_free(connection.ssl);
        ::close(connection.fd);
        delete &connection;
    }

    std::vector<char> buffer_;
    SSL_CTX* tls_ = nullptr;
    int epoll_ = -1;
    int listener_ = -1;
};

}  // namespace

int main(int argc, char** argv) { Floor(bench::server_arguments(argc, argv)).run(); }
