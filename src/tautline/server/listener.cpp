// SPDX-License-Identifier: MIT
#include <tautline/server/listener.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>

namespace tautline::server {

namespace {

using namespace std::chrono_literals;

constexpr Duration kShortestRest = 100ms;
constexpr Duration kLongestRest = 1s;

Descriptor open_reserve() { return Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_exhausted(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

// Only one connection failed, before it was accepted: the listener goes on.
bool is_of_one_connection(int error) {
    switch (error) {
        case ECONNABORTED:
        case EINTR:
        case EPERM:
        case EPROTO:
        case ENOPROTOOPT:
        case EOPNOTSUPP:
        case ENETDOWN:
        case ENETUNREACH:
        case ENONET:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ETIMEDOUT: return true;
        default: return false;
    }
}

}  // namespace

Listener::Listener(io::Loop& loop, Descriptor socket, ListenerHandler& handler)
    : loop_(loop),
      socket_(std::move(socket)),
      handler_(handler),
      reserve_(open_reserve()),
      rest_time_(kShortestRest) {
    loop.listening().add(*this, socket_.get());
    resume();
}

// Before the socket is closed: other listeners may have it too, and the system would go on to
// watch it.
Listener::~Listener() { leave_set(); }

void Listener::resume() {
    // A resting listener resumes by its timer.
    if (!scheduled()) set_interest({.readable = true});
}

void Listener::on_readable() {
    for (int i = 0; i < kBatch; ++i) {
        if (!accept_one()) return;
    }
}

// Watching may become possible again when other descriptors are closed.
void Listener::on_unwatchable(std::error_code) {
    leave_set();
    rest();
}

void Listener::on_timer(Instant) {
    if (!in_set()) loop_.listening().add(*this, socket_.get());
    resume();
}

// Returns whether to try the next one at once.
bool Listener::accept_one() {
    if (!handler_.take_slot()) {
        pause();
        return false;
    }
    transport::SocketAddress peer;
    Descriptor connection = accept_connection(peer);
    if (connection) {
        rest_time_ = kShortestRest;
        handler_.on_connection(std::move(connection), peer);
        return true;
    }
    const int error = errno;
    handler_.give_slot_back();
    if (error == EAGAIN) return false;
    if (is_of_one_connection(error)) return true;
    if (is_exhausted(error)) refuse_waiting();
    rest();
    return false;
}

Descriptor Listener::accept_connection(transport::SocketAddress& peer) const {
    constexpr int kFlags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    return Descriptor(::accept4(socket_.get(), peer.data(), &peer.bytes, kFlags));
}

void Listener::refuse_waiting() {
    for (int i = 0; i < kBatch && reserve_; ++i) {
        reserve_.close();
        transport::SocketAddress peer;
        const bool accepted = static_cast<bool>(accept_connection(peer));
        reserve_ = open_reserve();
        if (!accepted) break;
        handler_.on_refused(peer);
    }
}

void Listener::rest() {
    if (in_set()) pause();
    loop_.timers().schedule(*this, loop_.now() + rest_time_);
    rest_time_ = std::min(rest_time_ * 2, kLongestRest);
    if (!reserve_) reserve_ = open_reserve();
}

}  // namespace tautline::server
