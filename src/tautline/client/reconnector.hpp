// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/client/backoff.hpp>
#include <tautline/client/call.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/client/reconnect_mailbox.hpp>
#include <tautline/client/reconnect_options.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/session/driver.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::client {

/// What a reconnector is made of.
struct ReconnectSetup {
    std::string url;
    Handlers handlers;
    ReconnectHandlers reconnect_handlers;
    ReconnectOptions options;
    ClientOptions client_options;
};

/// A connection that comes back: calls, hands messages over, and calls again when it ends.
///
///     fresh ─▶ dialing ── opened ──▶ open ─┬─ stopped, or final ──▶ over
///                 ▲  └─── failed ──────────┤
///                 │                        └─ otherwise ─▶ waiting
///                 └──────────── delay has passed ─────────────┘
///
/// Everything is decided in turns of its own, outside of the handlers of connections. A message
/// counts as arrived when the Pong comes back of a Ping that was sent when all bytes before it were
/// written: Pings overtake what waits. One such Ping is on its way at a time; it is sent again
/// every `ask_again`, as a peer may answer the latest of several Pings only.
/// Lifetime: owned by the loop's registry of clients until it is over; the end of the loop destroys
/// it without a call.
/// Threads: those of the loop.
class Reconnector final : public session::SharedMember, private io::TurnNode {
public:
    static std::shared_ptr<ReconnectMailbox> start(io::Loop& loop, ReconnectSetup setup);

    Reconnector(io::Loop& loop, ReconnectSetup setup);
    ~Reconnector() override;

private:
    struct Fresh {};
    struct Dialing {
        std::weak_ptr<Call> call;
        std::optional<Error> failed = std::nullopt;
    };
    /// A Ping on its way, and how many messages its Pong confirms.
    struct Question {
        std::string payload;
        std::uint64_t messages;
    };
    struct Open {
        session::Driver* driver;  // which lives on until this state was left
        Instant since;
        std::optional<Question> question = std::nullopt;
        std::optional<Instant> close_at = std::nullopt;  // set while it stops
    };
    struct Waiting {};
    struct Over {};
    /// What a connection left behind; it may come before the call tells that it is open.
    struct End {
        Closed how;
        Instant at;
        std::uint64_t written;
    };

    void go_away() override { mailbox_->stop(); }
    void drop() override { mailbox_->stop(); }
    void on_turn() override;
    void on_timer(Instant now) override;

    void take_turn(Fresh&);
    void take_turn(Dialing& dialing);
    void take_turn(Open& open);
    void take_turn(Waiting&);
    void take_turn(Over&) {}

    void dial();
    [[nodiscard]] Handlers connection_handlers();
    void call_ended(Call::Result result);
    void connection_closed(const Closed& how);
    void receive_pong(Peer& peer, Bytes payload, std::optional<Duration> round_trip);

    [[nodiscard]] bool hand_over(session::Driver& driver);
    [[nodiscard]] bool blocked(const session::Driver& driver);
    void ask(Open& open);
    void stop_in_order(Open& open);
    void connection_ended(const Open& open, const End& end);
    void go_on_or_stop(Outage outage, bool over, std::vector<Message> lost);
    [[nodiscard]] bool is_over(const Error& error) const;
    void wait(Outage outage);
    [[nodiscard]] Duration asked_delay(const Outage& outage) const;
    void finish(const Error& error);
    [[nodiscard]] Error error_for(const Closed& how) const;
    [[nodiscard]] Error stopped() const;

    io::Loop& loop_;
    session::Registry& registry_;
    ReconnectSetup setup_;  // without its handlers
    std::shared_ptr<const Handlers> handlers_;
    std::string endpoint_;
    Backoff backoff_;
    std::shared_ptr<ReconnectMailbox> mailbox_;
    std::variant<Fresh, Dialing, Open, Waiting, Over> state_;
    std::optional<End> end_;
    std::uint64_t questions_ = 0;
};

}  // namespace tautline::client
