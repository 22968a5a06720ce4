// SPDX-License-Identifier: MIT
// wslay as an echo server. It brings no sockets, no handshake, no TLS and no compression: the loop
// around it is the plainest epoll loop.
#include <wslay/wslay.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include <sys/epoll.h>
#include <unistd.h>

#include "bench/support/handshake.hpp"
#include "bench/support/server_arguments.hpp"
#include "bench/support/sockets.hpp"

namespace {

struct Connection {
    int fd = -1;
    wslay_event_context_ptr events = nullptr;  // null until the handshake is answered
    std::string head;
    bool writing = false;

    ~Connection() {
        if (events != nullptr) wslay_event_context_free(events);
        ::close(fd);
    }
};

ssize_t receive(wslay_event_context_ptr events, uint8_t* data, size_t size, int, void* user) {
    const ssize_t count = ::recv(static_cast<Connection*>(user)->fd, data, size, 0);
    if (count > 0) return count;
    const bool wait = count < 0 && errno == EAGAIN;
    wslay_event_set_error(events, wait ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

ssize_t transmit(wslay_event_context_ptr events, const uint8_t* data, size_t size, int flags,
                 void* user) {
    const int more = (flags & WSLAY_MSG_MORE) != 0 ? MSG_MORE : 0;
    const int fd = static_cast<Connection*>(user)->fd;
    const ssize_t count = ::send(fd, data, size, MSG_NOSIGNAL | more);
    if (count >= 0) return count;
    wslay_event_set_error(events,
                          errno == EAGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

void echo(wslay_event_context_ptr events, const wslay_event_on_msg_recv_arg* message, void*) {
    if (wslay_is_ctrl_frame(message->opcode)) return;
    const wslay_event_msg answer{message->opcode, message->msg, message->msg_length};
    wslay_event_queue_msg(events, &answer);
}

constexpr wslay_event_callbacks kCallbacks = {.recv_callback = receive,
                                              .send_callback = transmit,
                                              .genmask_callback = nullptr,
                                              .on_frame_recv_start_callback = nullptr,
                                              .on_frame_recv_chunk_callback = nullptr,
                                              .on_frame_recv_end_callback = nullptr,
                                              .on_msg_recv_callback = echo};

class Server {
public:
    explicit Server(const bench::ServerArguments& arguments)
        : max_message_bytes_(arguments.max_message_bytes) {}

    void run() {
        std::uint16_t port = 0;
        listener_ = bench::listen_on_loopback(port, SOCK_NONBLOCK);
        watch(EPOLL_CTL_ADD, listener_, EPOLLIN, nullptr);
        bench::announce(port);
        std::vector<epoll_event> events(1024);
        for (;;) {
            const int count = ::epoll_wait(epoll_, events.data(), 1024, -1);
            for (int i = 0; i < count; ++i) {
                auto* const connection =
                    static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (connection == nullptr) {
                    accept_all();
                } else if (!(connection->events ? serve(*connection) : upgrade(*connection))) {
                    delete connection;
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
            auto connection = std::make_unique<Connection>();
            connection->fd = fd;
            watch(EPOLL_CTL_ADD, fd, EPOLLIN, connection.release());
        }
    }

    bool upgrade(Connection& connection) const {
        char buffer[4096];
        const ssize_t count = ::recv(connection.fd, buffer, sizeof(buffer), 0);
        if (count <= 0) return false;
        connection.head.append(buffer, static_cast<std::size_t>(count));
        if (!connection.head.ends_with("\r\n\r\n")) return true;
        const std::string response = bench::accept_upgrade(connection.head);
        wslay_event_context_server_init(&connection.events, &kCallbacks, &connection);
        wslay_event_config_set_max_recv_msg_length(connection.events, max_message_bytes_);
        connection.head = std::string();
        return ::send(connection.fd, response.data(), response.size(), MSG_NOSIGNAL) > 0;
    }

    bool serve(Connection& connection) {
        if (wslay_event_recv(connection.events) != 0) return false;
        if (wslay_event_send(connection.events) != 0) return false;
        const bool read = wslay_event_want_read(connection.events) != 0;
        const bool write = wslay_event_want_write(connection.events) != 0;
        if (write != connection.writing) {
            connection.writing = write;
            watch(EPOLL_CTL_MOD, connection.fd, write ? EPOLLIN | EPOLLOUT : EPOLLIN, &connection);
        }
        return read || write;
    }

    std::size_t max_message_bytes_;
    int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
    int listener_ = -1;
};

}  // namespace

int main(int argc, char** argv) { Server(bench::server_arguments(argc, argv)).run(); }
