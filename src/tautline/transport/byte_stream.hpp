// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <system_error>

#include <tautline/base/bytes.hpp>

namespace tautline::transport {

/// How many bytes the pieces have together.
[[nodiscard]] constexpr std::size_t total_bytes(std::span<const Bytes> pieces) {
    std::size_t total = 0;
    for (const Bytes piece : pieces) total += piece.size();
    return total;
}

/// Receives the bytes of a stream: the HTTP exchange first, then the session.
///
/// A stream calls its handler from the loop, never from inside a call on the stream. The handler
/// may call the stream in here and may put another handler in its place; it must not destroy the
/// stream in here, but give it to `io::Loop::retire`.
class ByteStreamHandler {
public:
    /// Bytes arrived. They may be changed in place and are gone after the call.
    virtual void on_bytes(MutableBytes bytes) = 0;
    /// There is room again after a `write` that took less than it was given.
    virtual void on_writable() = 0;
    /// No more bytes will arrive: the peer ended the stream (`error` is empty) or it broke. Called
    /// once, as the last call about reading; after an error nothing can be written either. A stream
    /// that breaks tells so without being read, but first gives what had arrived to `on_bytes`.
    virtual void on_end(std::error_code error) = 0;

protected:
    ~ByteStreamHandler() = default;
};

/// What is known about the two ends of a stream. Empty where it does not apply.
struct StreamInfo {
    std::string local_address;  ///< "127.0.0.1:8080", "[::1]:8080", "unix:/run/x".
    std::string peer_address;
    bool secure = false;
    std::string tls_version;  ///< "TLSv1.3"
    std::string tls_cipher;
    std::string alpn;          ///< "http/1.1", or empty when none was agreed.
    std::string peer_subject;  ///< Of the peer's certificate, RFC 2253 form.
};

/// A reliable two-way stream of bytes: TCP, TLS over another stream, a stream of HTTP/2, a Unix
/// socket, memory.
///
/// One virtual call a batch, never one a byte or a message. Starts paused: nothing is read before
/// `set_reading(true)`.
/// Lifetime: the destructor closes at once. See `ByteStreamHandler` for where it may run.
/// Threads: those of its loop only.
class ByteStream {
public:
    virtual ~ByteStream() = default;

    /// Sets the handler that is called from now on. Must be set before reading begins and outlive
    /// it.
    virtual void set_handler(ByteStreamHandler* handler) = 0;
    /// Stops and restarts reading: this is backpressure towards the peer. When the stream breaks,
    /// what had arrived comes nevertheless: no more than a buffer of the system.
    virtual void set_reading(bool reading) = 0;

    /// Writes the pieces in order as far as there is room and returns how many bytes were taken.
    /// When it took less than all, `on_writable` follows. When the stream is broken it takes
    /// everything (and drops it), and `on_end` reports the error; the call that finds it broken may
    /// return only what was sent before.
    [[nodiscard]] virtual std::size_t write(std::span<const Bytes> pieces) = 0;
    /// The same, and `shut_down` when it took everything: over HTTP/2 one frame has both.
    [[nodiscard]] virtual std::size_t write_last(std::span<const Bytes> pieces) {
        const std::size_t taken = write(pieces);
        if (taken == total_bytes(pieces)) shut_down();
        return taken;
    }
    /// Whether what is written now is dropped: the stream broke, was shut down or was closed.
    [[nodiscard]] virtual bool broken() const = 0;

    /// A system tells late of a little room: if this waits for room, `on_writable` is called now,
    /// and as always when there is room. Not inside `write`.
    virtual void retry_writing() {}
    /// Of what was taken, the bytes that the peer's system has not confirmed, as far as this is
    /// known; else 0. A system call.
    [[nodiscard]] virtual std::size_t unconfirmed_bytes() const { return 0; }
    /// How far the peer's system has confirmed what goes this way: a position that only grows, in
    /// bytes as they are sent, also of others that share a connection. What is written next stands
    /// `unconfirmed_bytes` behind it. `taken` is how many bytes this stream has taken since its
    /// beginning, for one that does not count itself.
    [[nodiscard]] virtual std::uint64_t confirmed_bytes(std::uint64_t taken) const {
        return taken - std::min<std::uint64_t>(taken, unconfirmed_bytes());
    }
    /// Ends our half once everything that was taken has been sent: TLS close_notify, TCP FIN.
    /// Reading goes on. Nothing may be written after it.
    virtual void shut_down() = 0;
    /// Whether nothing that was taken, nor the end of our half behind it, is still kept in here for
    /// room further down: to close the stream drops that. While it is false after `shut_down`,
    /// `on_writable` follows.
    [[nodiscard]] virtual bool flushed() const { return true; }
    /// Drops the stream at once, both halves; no further calls to the handler.
    virtual void close() = 0;

    [[nodiscard]] virtual StreamInfo info() const = 0;
};

}  // namespace tautline::transport
