// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include <tautline/base/error.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/client/reconnect_options.hpp>
#include <tautline/client/reconnecting_sender.hpp>
#include <tautline/session/peer.hpp>

namespace tautline {

/// Opens connections and tells about them in callbacks, on a loop of its own.
///
///     tautline::Client client;
///     client.connect("ws://localhost:9001/", {.on_open = [](auto& peer) { peer.send("hello"); }},
///                    {}, [](const auto& error) { report(error.to_string()); });
///     client.run();
///
/// Lifetime: destroying it ends what is open or being opened at once, without a Close and without
/// a call: handlers may refer to what is gone by then. Whoever wants `on_closed` calls `stop`, and
/// `run` until it returns. It may not be destroyed, nor moved onto, inside of its handlers, nor
/// while another thread is inside of `run`, `stop` or `post`.
/// Threads: `run` blocks and calls the handlers; `stop` and `post` may be called from any thread,
/// the rest before `run` or inside handlers.
class Client {
public:
    Client();
    ~Client();
    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;

    using OnFailed = std::function<void(const Error&)>;

    /// Begins to open a connection. Either `handlers.on_open` follows or `on_failed`, never in
    /// here. Without `on_failed` nobody hears why it failed. What `on_failed` throws is dropped.
    void connect(std::string_view url, Handlers handlers, ClientOptions options = {},
                 OnFailed on_failed = {});

    /// Opens a connection, and opens it again whenever it is lost or cannot be opened, until
    /// `options` say that it is enough, the application closes it, or the sender is stopped.
    ///
    /// `handlers` serve one connection after the other; `on_open` is called each time, before what
    /// was kept goes out: the place to subscribe again. What is sent by the result survives
    /// outages, what is sent by a `Peer` does not; a message in parts must end in the handler that
    /// began it. `low_water_bytes` is 0 for these connections.
    ReconnectingSender keep_connected(std::string_view url, Handlers handlers,
                                      ReconnectHandlers reconnect_handlers = {},
                                      ReconnectOptions options = {},
                                      ClientOptions client_options = {});

    /// Runs until no connection is left, or until `stop`. When memory runs out inside of the
    /// library a `std::bad_alloc` leaves it.
    void run();
    /// Closes every connection with 1001 and lets `run` return when they are gone. It is for good:
    /// whatever is begun behind it, in `on_closed` too, fails with `UsageError::cancelled`. Make
    /// another client then.
    /// Not for signal handlers, since it takes locks and memory: let a thread wait with `sigwait`
    /// and call it, or use an `asio::signal_set`.
    void stop();
    /// Runs `task` on the thread that is in `run`, in its next turn: the way to a `Peer` from
    /// outside. What it throws leaves `run`, which goes on when it is called again.
    void post(std::function<void()> task);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline
