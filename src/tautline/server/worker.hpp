// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <exception>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/base/time.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/observe/event.hpp>
#include <tautline/server/address_slots.hpp>
#include <tautline/server/connection_limit.hpp>
#include <tautline/server/descriptor.hpp>
#include <tautline/server/exchange.hpp>
#include <tautline/server/listener.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/server_options.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/session/slot.hpp>
#include <tautline/transport/socket_address.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline::server {

using TlsContext = std::shared_ptr<const transport::TlsServerContext>;

/// The TLS context of an endpoint, which can be replaced while connections come in.
///
/// Threads: any.
class TlsSetting {
public:
    explicit TlsSetting(TlsContext context = nullptr) : context_(std::move(context)) {}

    [[nodiscard]] TlsContext get() const {
        const std::lock_guard lock(mutex_);
        return context_;
    }
    void set(TlsContext context) {
        const std::lock_guard lock(mutex_);
        std::swap(context_, context);
    }

private:
    mutable std::mutex mutex_;
    TlsContext context_;  // null: no TLS
};

/// A connection whose first request another server has read.
struct Adopted {
    Descriptor connection;
    http::RequestHead request;
    Buffer rest;
};

/// One thread's part of a server: a loop, what listens on it, and the connections that live on it:
/// those that coroutines of its routes open, too.
///
/// Lifetime: what it is made with outlives it. Must not be destroyed while it runs.
/// Threads: `listen` before `run`; `stop`, `end`, `adopt` and `resume_accepting` on any; the rest
/// on its own.
class Worker final : private session::SlotOwner, private io::TimerNode {
public:
    Worker(const Routes& routes, const ServerOptions& options, ConnectionLimit& limit,
           AddressLimit& address_limit);
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() override;

    void listen(Descriptor socket, std::shared_ptr<const TlsSetting> tls);
    void adopt(Adopted adopted);

    /// Serves until `stop`. An exception that leaves a function which the application posted to
    /// the loop ends the program, as on any thread.
    void run() noexcept;
    /// What is adopted from now on is closed, as behind `run`: for a worker that never ran.
    void end() noexcept;
    /// Ends in order, within `deadline`; the earliest of several counts.
    void stop(Duration deadline);
    /// There may be room for connections again.
    void resume_accepting();

private:
    class Door;
    using RefusalReason = observe::ConnectionRefused::Reason;

    bool take_slot() override;
    void release_slot() override;
    void on_timer(Instant now) override;
    [[nodiscard]] bool admits(const transport::SocketAddress& peer);
    void tell_refused(const std::string& peer_address, RefusalReason reason,
                      const std::exception_ptr& thrown = nullptr);
    void serve(Descriptor connection, const transport::SocketAddress& peer, const TlsSetting& tls);
    void serve_adopted();
    void serve(Adopted adopted);
    void begin_stop(Duration deadline);
    void go_away_clients();
    void end_when_empty();

    const ServerOptions& options_;
    ConnectionLimit& limit_;
    AddressSlots addresses_;
    std::size_t open_ = 0;  // slots of this loop
    bool ending_ = false;   // the loop ends with its last connection
    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_;
    io::Loop& loop_;
    Site site_;
    session::Registry registry_;
    std::list<Door> doors_;
    std::mutex mutex_;
    std::vector<Adopted> adopted_;  // not served yet; under the mutex
    bool over_ = false;             // `run` has returned; under the mutex
};

}  // namespace tautline::server
