// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

#include <asio/awaitable.hpp>

#include <tautline/io/loop.hpp>
#include <tautline/io/signal.hpp>
#include <tautline/session/inbox.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/session/ping_numbers.hpp>
#include <tautline/session/reader.hpp>
#include <tautline/session/web_socket.hpp>

namespace tautline::session {

/// What stands between the callbacks of a connection and the coroutines that await it.
///
/// Shared by the `WebSocket`, or its receiving half, and the calls that wait; the connection itself
/// only holds it weakly. It shares with the senders, which do not hold it, what closes the
/// connection with 1001 when the last of them is gone.
struct CoroutineState final : Reader, std::enable_shared_from_this<CoroutineState> {
    explicit CoroutineState(Peer& connection);

    [[nodiscard]] static WebSocket open(std::shared_ptr<CoroutineState> state);
    /// That of a connection which was opened so; null when no `WebSocket` is left.
    [[nodiscard]] static std::shared_ptr<CoroutineState> of(Peer& peer);

    // From the connection.
    void push(PartView part);
    void receive_pong(Bytes payload, std::optional<Duration> round_trip);
    void receive_drain() { drained_.notify(); }
    void receive_closed(const Closed& reason);
    void receive_end_of_stream(std::error_code error) override;
    void abandon(PeerData data) override;

    // For the coroutines. Those that wait hold `self`.
    using Self = std::shared_ptr<CoroutineState>;
    asio::awaitable<std::expected<Message, Closed>> receive();
    asio::awaitable<std::expected<Part, Closed>> receive_part();
    static asio::awaitable<std::expected<void, Error>> wait_for_room(Self self, Sent sent);
    static asio::awaitable<bool> wait_for_turn(Self self);
    static asio::awaitable<void> wait_for_drain(Self self);
    static asio::awaitable<std::expected<void, Error>> send_when_room(Self self, Part part,
                                                                      SendOptions options);
    static asio::awaitable<std::expected<void, Error>> failed(UsageError error);
    static asio::awaitable<std::expected<Duration, Error>> ping(Self self);
    static asio::awaitable<Closed> close(Self self, CloseCode code, std::string reason);

    /// What is first and last is a whole message.
    asio::awaitable<std::expected<void, Error>> send(PartView part, SendOptions options);
    std::expected<Sent, UsageError> send_if_room(PartView part, SendOptions options);
    void stop_receiving();
    /// Nobody will receive any more. Any thread.
    static void let_go(Self self);
    [[nodiscard]] Sender sender() const { return own_sender; }
    [[nodiscard]] PeerData& held_data();

    io::Loop& loop;
    Peer* peer;  // null once the connection has ended
    std::shared_ptr<const OpenInfo> info;
    Sender own_sender;  // works on every thread, as the last owner may let go on any
    std::optional<Closed> closed;

private:
    void leave();
    void wake_all();
    [[nodiscard]] asio::awaitable<bool> wait_on(io::Signal& signal);
    static asio::awaitable<bool> refuse_to_wait();
    [[nodiscard]] bool answered_no_more() const { return !peer || end_of_stream_; }
    [[nodiscard]] Error why_no_more() const;
    template <typename Taken>
    using Take = std::optional<Taken> (Inbox::*)();
    template <typename Taken>
    [[nodiscard]] std::optional<Taken> take(Take<Taken> from_inbox);
    template <typename Taken>
    static asio::awaitable<std::expected<Taken, Closed>> wait_and_take(Self self,
                                                                       Take<Taken> from_inbox);
    static asio::awaitable<std::expected<Message, Closed>> refuse_inside_message();

    // After so much, with what each message costs by itself, `send` gives the loop to others.
    static constexpr std::size_t kSentInTurn = std::size_t{256} * 1024;
    static constexpr std::size_t kSendCost = 1024;

    PeerData data_;  // of the application, from the end of the connection on
    Inbox inbox_;
    PingNumbers pings_;
    io::Signal arrived_;                   // a message, a part or the end
    io::Signal drained_;                   // room to send, or the end
    io::Signal pong_;                      // a Pong of ours, or the end
    io::Signal turn_;                      // the next turn of the loop
    std::optional<Closed> end_of_stream_;  // told behind what is not received yet
    std::size_t sent_in_turn_ = 0;
    bool left_ = false;  // there is no `WebSocket` any more: nobody begins to wait
};

}  // namespace tautline::session
