// SPDX-License-Identifier: MIT
#pragma once

#include <system_error>

#include <tautline/base/time.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/server/descriptor.hpp>
#include <tautline/transport/socket_address.hpp>

namespace tautline::server {

/// Grants slots to a listener, and receives its connections.
class ListenerHandler {
public:
    /// Whether one more connection may be accepted. After false it is asked again at `resume`.
    virtual bool take_slot() = 0;
    /// The slot that was taken is not used.
    virtual void give_slot_back() = 0;
    /// A connection came, for the slot that was taken. When its peer has reset it since, the system
    /// no longer knows the address.
    virtual void on_connection(Descriptor connection, const transport::SocketAddress& peer) = 0;
    /// A connection came and was closed, because there are no descriptors left.
    virtual void on_refused(const transport::SocketAddress& peer) = 0;

protected:
    ~ListenerHandler() = default;
};

/// Accepts connections on one loop.
///
/// Several listeners, on several loops, may have descriptors of the same socket: each takes a few
/// connections at a time, so that they share the load.
/// When the system has no descriptors or memory left (EMFILE and its like) a readable listener
/// would spin: it rests for 100 ms, and twice as long each time, up to 1 s. A spare descriptor is
/// then closed to accept waiting connections and close them: their peers learn at once that there
/// is no room.
/// Lifetime: may be destroyed at any time but inside its handler's calls.
/// Threads: those of its loop.
class Listener final : private io::ReadyNode, private io::TimerNode {
public:
    static constexpr int kBatch = 16;  ///< Connections that are accepted in one turn of the loop.

    Listener(io::Loop& loop, Descriptor socket, ListenerHandler& handler);
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    ~Listener() override;

    /// There is a slot again.
    void resume();

private:
    void on_readable() override;
    void on_writable() override {}
    void on_unwatchable(std::error_code error) override;
    void on_timer(Instant now) override;

    [[nodiscard]] bool accept_one();
    [[nodiscard]] Descriptor accept_connection(transport::SocketAddress& peer) const;
    void refuse_waiting();
    void rest();
    void pause() { set_interest({}); }

    io::Loop& loop_;
    Descriptor socket_;
    ListenerHandler& handler_;
    Descriptor reserve_;
    Duration rest_time_;
};

}  // namespace tautline::server
