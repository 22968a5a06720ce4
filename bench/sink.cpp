// SPDX-License-Identifier: MIT
// What clients send to when they are measured: accepts one connection after the other, answers the
// handshake and throws away all that comes, without even copying it out of the kernel.
#include <string>

#include <unistd.h>

#include "bench/support/handshake.hpp"
#include "bench/support/server_arguments.hpp"
#include "bench/support/sockets.hpp"

namespace {

bool answer_handshake(int fd) {
    std::string head;
    char byte = 0;
    while (!head.ends_with("\r\n\r\n")) {
        if (::recv(fd, &byte, 1, 0) != 1) return false;
        head += byte;
    }
    const std::string response = bench::accept_upgrade(head);
    return ::send(fd, response.data(), response.size(), MSG_NOSIGNAL) > 0;
}

void swallow(int fd) {
    constexpr std::size_t kBytes = std::size_t{1024} * 1024;
    while (::recv(fd, nullptr, kBytes, MSG_TRUNC) > 0) {
    }
}

}  // namespace

int main() {
    std::uint16_t port = 0;
    const int listener = bench::listen_on_loopback(port);
    bench::announce(port);
    for (;;) {
        const int fd = ::accept(listener, nullptr, nullptr);
        if (fd < 0) continue;
        bench::set_no_delay(fd);
        if (answer_handshake(fd)) swallow(fd);
        ::close(fd);
    }
}
