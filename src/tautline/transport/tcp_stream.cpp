// SPDX-License-Identifier: MIT
#include <tautline/transport/tcp_stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>

#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <tautline/base/assert.hpp>
#include <tautline/transport/socket_address.hpp>

namespace tautline::transport {

namespace {

constexpr std::size_t kPiecesPerCall = 64;

bool try_again(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

std::error_code system_error(int error) { return {error, std::system_category()}; }

ssize_t transmit(int fd, std::span<iovec> pieces) {
    if (pieces.size() == 1) {
        return ::send(fd, pieces[0].iov_base, pieces[0].iov_len, MSG_NOSIGNAL);
    }
    msghdr message{};
    message.msg_iov = pieces.data();
    message.msg_iovlen = pieces.size();
    return ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

using AddressCall = int(int, sockaddr*, socklen_t*);

std::string ask_address(AddressCall& ask, int fd) {
    SocketAddress address;
    if (ask(fd, address.data(), &address.bytes) != 0) return {};
    return address.to_string();
}

}  // namespace

std::unique_ptr<TcpStream> TcpStream::adopt(io::Loop& loop, int fd) {
    const int flags = ::fcntl(fd, F_GETFL);
    TAUTLINE_ASSERT(flags >= 0);
    if ((flags & O_NONBLOCK) == 0) ::fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    // Fails on sockets that are not TCP, which send without delay anyway.
    const int yes = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
    return std::unique_ptr<TcpStream>(new TcpStream(loop, fd));
}

TcpStream::TcpStream(io::Loop& loop, int fd) : loop_(loop) { loop.readiness().add(*this, fd); }

TcpStream::~TcpStream() { close(); }

void TcpStream::set_reading(bool reading) {
    TAUTLINE_ASSERT(handler_ || !reading);
    reading_ = reading;
    update_interest();
}

std::size_t TcpStream::write(std::span<const Bytes> pieces) {
    if (broken()) return total_bytes(pieces);
    if (blocked_) return 0;
    const std::size_t taken = send_pieces(pieces);
    if (blocked_) update_interest();
    return taken;
}

void TcpStream::retry_writing() {
    if (blocked_ && !broken()) on_writable();
}

std::size_t TcpStream::unconfirmed_bytes() const {
    int count = 0;
    if (broken() || ::ioctl(descriptor(), SIOCOUTQ, &count) != 0) return 0;
    return static_cast<std::size_t>(count);
}

std::size_t TcpStream::send_pieces(std::span<const Bytes> pieces) {
    std::array<iovec, kPiecesPerCall> vectors;
    std::size_t taken = 0;
    for (std::size_t next = 0; next < pieces.size();) {
        std::size_t count = 0;
        std::size_t wanted = 0;
        for (; next < pieces.size() && count < vectors.size(); ++next) {
            if (pieces[next].empty()) continue;
            vectors[count++] = {const_cast<std::byte*>(pieces[next].data()), pieces[next].size()};
            wanted += pieces[next].size();
        }
        if (wanted == 0) break;
        const ssize_t sent = transmit(descriptor(), std::span(vectors).first(count));
        if (sent < 0 && !try_again(errno)) {
            fail_writing(errno);
            // After `on_end` nobody would come back for the rest: take it all.
            return ended_ ? total_bytes(pieces) : taken;
        }
        if (sent > 0) taken += static_cast<std::size_t>(sent);
        blocked_ = sent < 0 || static_cast<std::size_t>(sent) < wanted;
        if (blocked_) break;
    }
    return taken;
}

// The loop reports the error later. Bytes that have arrived are read first, even by a paused
// stream, as they may say why the peer went away; shutting down makes sure that this reading ends.
void TcpStream::fail_writing(int error) {
    write_error_ = error;
    ::shutdown(descriptor(), SHUT_RDWR);
    update_interest();
}

void TcpStream::shut_down() {
    if (descriptor() < 0 || shut_) return;
    shut_ = true;
    blocked_ = false;
    update_interest();
    ::shutdown(descriptor(), SHUT_WR);
}

void TcpStream::close() {
    const int fd = descriptor();
    if (fd < 0) return;
    leave_set();
    ::close(fd);
}

StreamInfo TcpStream::info() const {
    StreamInfo info;
    if (descriptor() < 0) return info;
    info.local_address = ask_address(::getsockname, descriptor());
    info.peer_address = ask_address(::getpeername, descriptor());
    return info;
}

void TcpStream::on_readable() {
    const MutableBytes room = loop_.receive_buffer();
    __builtin_prefetch(handler_);  // it comes while the system copies
    // Whoever else holds the descriptor may have made it blocking again.
    const ssize_t count = ::recv(descriptor(), room.data(), room.size(), MSG_DONTWAIT);
    if (count > 0) return handler_->on_bytes(room.first(static_cast<std::size_t>(count)));
    if (count < 0 && try_again(errno)) return;
    if (count < 0 && write_error_ == 0) write_error_ = errno;
    end(system_error(write_error_));
}

void TcpStream::on_writable() {
    if (write_error_ != 0) return handler_ ? on_readable() : end(system_error(write_error_));
    blocked_ = false;
    update_interest();
    handler_->on_writable();
}

void TcpStream::on_unwatchable(std::error_code error) {
    write_error_ = error.value();
    end(error);
}

void TcpStream::update_interest() {
    const bool told_by_writable = write_error_ != 0 && !reading_;
    set_interest(
        {.readable = reading_ && !ended_, .writable = blocked_ || (told_by_writable && !ended_)});
}

void TcpStream::end(std::error_code error) {
    if (ended_) return;
    ended_ = true;
    if (error) blocked_ = false;
    update_interest();
    if (handler_) handler_->on_end(error);
}

}  // namespace tautline::transport
