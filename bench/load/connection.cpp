// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <sys/epoll.h>
#include <unistd.h>

#include "bench/load/connection.hpp"
#include "bench/load/process.hpp"
#include "bench/support/sockets.hpp"

namespace bench {

namespace {

// Payloads that are longer are left in the kernel: the generator must not be the slow one.
constexpr std::uint64_t kSkippedBytes = 8 * 1024;

// With context takeover these are some times around the cycle of messages.
constexpr std::uint64_t kVerifiedBytes = 256 * 1024;

constexpr std::string_view kRequest =
    "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
constexpr std::string_view kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string request_for(Compression compression) {
    std::string request(kRequest);
    if (compression != Compression::none) {
        request += "Sec-WebSocket-Extensions: permessage-deflate";
        if (compression == Compression::fresh) {
            request += "; server_no_context_takeover; client_no_context_takeover";
        }
        request += "\r\n";
    }
    return request + "\r\n";
}

}  // namespace

Connection::Connection(Shared& shared, const Frames& frames, Listener& listener, unsigned window)
    : shared_(shared), frames_(frames), listener_(listener), stamps_(window) {}

Connection::~Connection() { finish(); }

void Connection::start(unsigned number) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd_ < 0) fail("socket");
    set_no_delay(fd_);
    const int yes = 1;
    ::setsockopt(fd_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
    const sockaddr_in source = loopback(0, INADDR_LOOPBACK + 1 + number % 200);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&source), sizeof(source)) != 0) fail("bind");
    const sockaddr_in target = loopback(shared_.settings.port);
    const int result = ::connect(fd_, reinterpret_cast<const sockaddr*>(&target), sizeof(target));
    if (result != 0 && errno != EINPROGRESS) fail("connect");
    epoll_event event{};
    event.events = EPOLLOUT;
    event.data.ptr = this;
    watching_writable_ = true;
    ::epoll_ctl(shared_.epoll, EPOLL_CTL_ADD, fd_, &event);
}

void Connection::handle(std::uint32_t events) {
    switch (state_) {
        case State::connecting: return after_connect();
        case State::securing: return secure();
        case State::upgrading:
        case State::open:
        case State::closing:
            if ((events & EPOLLOUT) != 0) flush();
            if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) receive();
            return;
        case State::closed: return;
    }
}

void Connection::after_connect() {
    int error = 0;
    socklen_t size = sizeof(error);
    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    errno = error;
    if (error != 0) fail("connect");
    if (!shared_.tls) return upgrade();
    ssl_ = SSL_new(shared_.tls);
    SSL_set_fd(ssl_, fd_);
    SSL_set_connect_state(ssl_);
    state_ = State::securing;
    secure();
}

void Connection::secure() {
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) return upgrade();
    const int error = SSL_get_error(ssl_, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail("TLS handshake");
    watch(error == SSL_ERROR_WANT_WRITE);
}

void Connection::upgrade() {
    if (shared_.settings.raw) return open();
    state_ = State::upgrading;
    if (!write_all(request_for(shared_.settings.compression))) fail("sending the request");
    watch(false);
}

void Connection::read_upgrade(std::string_view input) {
    head_ += input;
    const std::size_t end = head_.find("\r\n\r\n");
    if (end == head_.npos) return;
    const bool accepted = head_.starts_with("HTTP/1.1 101") && head_.find(kAccept) != head_.npos;
    const bool compressed = head_.find("permessage-deflate") != head_.npos;
    if (!accepted || compressed != (shared_.settings.compression != Compression::none)) {
        std::fprintf(stderr, "load: the handshake was answered with\n%s", head_.c_str());
        std::exit(1);
    }
    const std::string rest = head_.substr(end + 4);
    head_ = std::string();
    open();
    if (!rest.empty()) take(rest);
}

void Connection::open() {
    state_ = State::open;
    watch(false);
    listener_.on_open(*this);
}

void Connection::receive() {
    do {
        std::uint64_t skipped = 0;
        // Leaves the last byte, with which the reader sees that the frame is complete.
        if (reader_.missing() > kSkippedBytes && !verifier_ && !ssl_) {
            const ssize_t count = ::recv(fd_, nullptr, reader_.missing() - 1, MSG_TRUNC);
            if (count > 0) skipped = static_cast<std::uint64_t>(count);
            if (count == 0) fail("the answer was cut short");
            reader_.skip(skipped);
            shared_.answer_bytes += skipped;
            if (count < 0 || reader_.missing() > 1) return;
        }
        const long count = read_some(shared_.buffer.data(), shared_.buffer.size());
        if (count < 0 && state_ == State::closing) return finish();
        if (count < 0) fail("the server closed a connection");
        if (count == 0) return;
        take({shared_.buffer.data(), static_cast<std::size_t>(count)});
    } while (ssl_ && SSL_has_pending(ssl_));
}

void Connection::take(std::string_view input) {
    if (shared_.settings.raw) return take_raw(input.size());
    if (state_ == State::upgrading) return read_upgrade(input);
    const std::uint64_t time = now();
    ReplyReader::Frame frame;
    while (state_ != State::closed && reader_.read(input, frame)) take_frame(frame, time);
    flush();
}

void Connection::take_raw(std::size_t bytes) {
    const std::uint64_t time = now();
    raw_bytes_ += bytes;
    shared_.answer_bytes += bytes;
    while (received_ < asked_ && raw_bytes_ >= frames_.wire_bytes(frames_.slot(received_))) {
        raw_bytes_ -= frames_.wire_bytes(frames_.slot(received_));
        reply(time);
    }
    flush();
}

void Connection::take_frame(const ReplyReader::Frame& frame, std::uint64_t time) {
    const unsigned opcode = frame.first & 0x0f;
    if (opcode < 8) {
        shared_.answer_bytes += frame.payload.size();
        if (verifier_) verifier_->add(frame.first, frame.payload);
        if (frame.complete && (frame.first & 0x80) != 0) reply(time);
        return;
    }
    if (!frame.complete) return;
    // A Ping is answered when nothing of a message is half sent; a measurement is over before
    // anybody misses the answer.
    if (opcode == 9 && sent_bytes_ == 0) (void)write_all(short_frame(10, {}));
    if (opcode == 8 && state_ != State::closing) fail("the server sent Close");
    if (opcode == 8) finish();
}

void Connection::reply(std::uint64_t time) {
    const std::size_t slot = frames_.slot(received_);
    const std::uint64_t sent_at = stamps_[received_ % stamps_.size()];
    ++received_;
    if (verifier_) {
        if (!verifier_->check(frames_.payload(slot))) fail("the answer is not what was sent");
        if (++checked_ * frames_.payload(slot).size() > kVerifiedBytes) verifier_.reset();
    }
    listener_.on_reply(*this, sent_at, time);
}

void Connection::verify() {
    verifier_ = std::make_unique<Verifier>(shared_.settings.compression == Compression::takeover);
}

// What is asked for while answers are taken goes out behind the last of them, at once.
void Connection::send(std::uint64_t count) {
    const std::uint64_t time = now();
    for (std::uint64_t i = 0; i < count; ++i) stamps_[asked_++ % stamps_.size()] = time;
}

void Connection::flush() {
    while (state_ == State::open && sent_ < asked_) {
        const std::size_t slot = frames_.slot(sent_);
        const std::string_view bytes = frames_.bytes(slot, asked_ - sent_).substr(sent_bytes_);
        const long count = write_some(bytes);
        if (count <= 0) return watch(true);
        sent_bytes_ += static_cast<std::size_t>(count);
        while (sent_ < asked_ && sent_bytes_ >= frames_.wire_bytes(frames_.slot(sent_))) {
            sent_bytes_ -= frames_.wire_bytes(frames_.slot(sent_));
            ++sent_;
        }
        if (static_cast<std::size_t>(count) < bytes.size()) return watch(true);
    }
    if (watching_writable_ && state_ == State::open) watch(false);
}

void Connection::close() {
    state_ = State::closing;
    if (!write_all(short_frame(8, {"\x03\xe8", 2}))) fail("sending Close");
}

void Connection::finish() {
    if (fd_ < 0) return;
    state_ = State::closed;
    SSL_free(std::exchange(ssl_, nullptr));
    ::close(std::exchange(fd_, -1));
    listener_.on_closed(*this);
}

// Bytes read; 0 for none now; negative when it is over.
long Connection::read_some(char* data, std::size_t size) {
    if (ssl_) {
        const int count = SSL_read(ssl_, data, static_cast<int>(size));
        if (count > 0) return count;
        return SSL_get_error(ssl_, count) == SSL_ERROR_WANT_READ ? 0 : -1;
    }
    const ssize_t count = ::recv(fd_, data, size, 0);
    if (count > 0) return count;
    return count < 0 && errno == EAGAIN ? 0 : -1;
}

long Connection::write_some(std::string_view bytes) {
    if (ssl_) return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

bool Connection::write_all(std::string_view bytes) {
    return write_some(bytes) == static_cast<long>(bytes.size());
}

void Connection::watch(bool writable) {
    const bool read_only = state_ != State::connecting && !writable;
    if (read_only && !watching_writable_) return;
    watching_writable_ = writable;
    epoll_event event{};
    event.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = this;
    ::epoll_ctl(shared_.epoll, EPOLL_CTL_MOD, fd_, &event);
}

void Connection::fail(const char* what) const {
    std::fprintf(stderr, "load: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

}  // namespace bench
