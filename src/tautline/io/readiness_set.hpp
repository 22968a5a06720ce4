// SPDX-License-Identifier: MIT
#pragma once

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

namespace tautline::io {

/// Told when a descriptor is ready. Level-triggered: told again while it stays ready.
class ReadyHandler {
public:
    virtual void on_readable() = 0;
    virtual void on_writable() = 0;

protected:
    ~ReadyHandler() = default;
};

/// The sockets of one loop in one persistent, level-triggered epoll set whose own descriptor Asio
/// waits on: no `epoll_ctl` for every read, as `async_wait` on each socket would cost.
///
/// A descriptor may be removed, and its handler destroyed, inside any handler call.
/// Errors and hang-ups are told as readable (the read then finds the error).
/// Threads: the one that runs the io_context.
class ReadinessSet {
public:
    explicit ReadinessSet(asio::io_context& context);
    ~ReadinessSet();
    ReadinessSet(const ReadinessSet&) = delete;
    ReadinessSet& operator=(const ReadinessSet&) = delete;

    /// One descriptor in the set. Owned by whoever is told; removes itself in its destructor.
    class Entry;
    // add(fd, handler) -> Entry; Entry::set_interest(readable, writable)
};

}  // namespace tautline::io
