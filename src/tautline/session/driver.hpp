// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/deadline.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/keepalive.hpp>
#include <tautline/session/engine_holder.hpp>
#include <tautline/session/info_pool.hpp>
#include <tautline/session/peer.hpp>
#include <tautline/session/profile.hpp>
#include <tautline/session/reader.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/session/slot.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::session {

class Mailbox;

/// What a driver is made of.
struct DriverSetup {
    std::shared_ptr<Profile> profile;  ///< Its registry owns the driver from `start` on.
    std::unique_ptr<transport::ByteStream> stream;
    std::shared_ptr<const OpenInfo> info;
    Slot slot = {};                ///< Given back when the driver is gone.
    PeerData data = {};            ///< Of the application, which has put it there before.
    observe::CallId call_id = {};  ///< For the observer of the profile.
};

/// The one driver of every session: a byte stream on one side, an engine on the other, and the
/// application's handlers. It moves bytes and facts between them and knows no rule of the protocol.
///
///     stream ── on_bytes ──▶ engine ── poll_event ──▶ handlers
///     stream ◀── write ───── engine ◀── send_* ────── Peer, Sender
///
/// Output is framed into lent memory while a batch runs and written once at its end.
/// Memory: while nothing is under way there is no engine, and how the connection came about is kept
/// as a ticket of the profile unless somebody has asked for it.
/// Lifetime: owned by its registry until the connection is over; never destroyed inside a batch.
/// Threads: those of its loop.
class Driver : public Member, public transport::ByteStreamHandler, private Peer {
public:
    explicit Driver(DriverSetup setup);
    ~Driver() override;

    /// Adds a driver to its registry and begins: `on_open`, then what arrived behind the handshake,
    /// then the stream.
    static Driver& start(DriverSetup setup, MutableBytes already_received);

    // Commands, as `Peer` documents them.
    std::expected<Sent, UsageError> send(MessageType type, Bytes payload, SendOptions options) {
        const bool usual = batch_depth_ > 0 && payload.size() < kInPlaceBytes && !no_new_messages_;
        if (!usual || profile_.observer) return send_unusual(type, payload, options);
        const auto waiting = engine_->send_message(type, payload, options);
        return waiting ? after_send(*waiting) : send_unusual(type, payload, options);
    }
    std::expected<Sent, UsageError> send_part(MessageType type, Bytes payload, bool last,
                                              SendOptions options);
    std::expected<void, UsageError> ping(Bytes payload);
    std::expected<void, UsageError> pong(Bytes payload);
    std::expected<void, UsageError> close(CloseCode code, std::string_view reason);
    /// The same, but what other threads have sent stays behind it.
    std::expected<void, UsageError> begin_close(CloseCode code, std::string_view reason);
    void set_reading(bool reading);
    [[nodiscard]] std::size_t buffered_amount() const {
        return engine_ ? engine_->buffered_bytes() : 0;
    }
    /// How far the stream took what was sent, and how far it was queued, in bytes since the
    /// opening. Control frames that overtake it do not count. On the client's side only.
    [[nodiscard]] std::uint64_t written_bytes() const { return extras_->written_bytes; }
    [[nodiscard]] std::uint64_t sent_bytes() const { return extras_->taken_bytes + queued_bytes(); }
    [[nodiscard]] Sender sender() { return Sender(shared_mailbox()); }
    /// From the first call on it is kept until the end.
    [[nodiscard]] std::shared_ptr<const OpenInfo> info();
    [[nodiscard]] io::Loop& loop() const { return profile_.loop; }
    [[nodiscard]] const ConnectionOptions& options() const { return *profile_.options; }

    void go_away() override { (void)close(CloseCode::going_away, {}); }
    void drop() override;
    /// Ends without a word to anybody: not a byte of what waits is written any more.
    void cut() { finish(); }

    /// Calls `task` as a handler, unless the end was told.
    void run(std::move_only_function<void(Peer&)>& task);

    /// Somebody was told to wait: `on_drain` follows even if all is written by then.
    void promise_drain() { above_high_water_ = true; }
    /// Whether a message in parts is being sent: no other can be meanwhile.
    [[nodiscard]] bool message_open() const { return message_open_; }
    /// Somebody has closed behind messages that wait for room. It is bounded as all closing is, and
    /// only what has begun is still sent.
    void close_in_time();
    /// The peer does not read, for too long or for a caller who cannot wait.
    void give_up_slow_peer();
    /// As long as `reader` is there, stopped reading is a pause: what has arrived is taken in the
    /// end, and a `close` meanwhile throws nothing away.
    void set_reader(std::weak_ptr<Reader> reader) { extras().reader = std::move(reader); }
    /// Null when there is none, or none any more.
    [[nodiscard]] std::shared_ptr<Reader> reader() const {
        return extras_ ? extras_->reader.lock() : nullptr;
    }
    /// Whether more waits, or waited, than the application wanted: `on_drain` follows.
    [[nodiscard]] bool drain_follows() const { return above_high_water_; }
    /// Tells what commands have caused, and what they have left to a later turn.
    void go_on();

    /// Who began a batch. Only for the loop a drain is told in it.
    enum class By : bool { application, loop };
    /// While one lives, output is collected; it is written when the outermost one ends.
    class Batch {
    public:
        explicit Batch(Driver& driver, By by = By::application) : driver_(driver) {
            if (driver_.batch_depth_++ > 0) return;
            driver_.by_loop_ = by == By::loop;
            driver_.wake();
        }
        ~Batch() {
            if (driver_.batch_depth_ == 1) driver_.end_batch();
            --driver_.batch_depth_;
        }
        Batch(const Batch&) = delete;
        Batch& operator=(const Batch&) = delete;

    private:
        Driver& driver_;
    };

private:
    friend class tautline::Peer;  // which is the driver

    // Behind both Closes the peer has nothing to do but to end its half: a server that waited for
    // long would keep sockets, and its own end, for peers that forget to.
    static constexpr Duration kLingerTime = std::chrono::seconds(2);
    // Output is written in the middle of a batch when this much has come together: a bound on the
    // loop's buffers, large enough that system calls do not count.
    static constexpr std::size_t kFlushBytes = std::size_t{64} * 1024;
    // A message that is this large is written at once in any case, and the stream takes it from
    // where it lies. To copy a smaller one costs less than it brings: it is in the cache then, and
    // aligned as the system likes it.
    static constexpr std::size_t kInPlaceBytes = std::size_t{128} * 1024;
    static_assert(kInPlaceBytes >= kFlushBytes);

    // What most connections do not have.
    struct Extras {
        std::shared_ptr<Mailbox> mailbox;  // made when the first sender is asked for
        std::shared_ptr<const OpenInfo> info;
        std::uint64_t taken_bytes = 0;       // by the stream, without control frames that overtook
        std::uint64_t written_bytes = 0;     // until it broke
        PeerData data;                       // of the application
        Buffer unread;                       // came before reading was stopped
        std::optional<std::error_code> end;  // of the stream, behind `unread`
        std::optional<Instant> read_by;      // or `unread` is dropped, and `end` told
        std::optional<Instant> close_by;
        std::weak_ptr<Reader> reader;
        std::optional<Instant> stalled_since;  // set while it is not writable
        std::optional<Instant> linger_until;   // set once the peer has nothing left to send
        // Positions, as `ByteStream::confirmed_bytes` has them: how far the peer has to take before
        // it sees our last Ping, and how far it had when that was last asked.
        std::uint64_t before_ping = 0;
        std::uint64_t confirmed = 0;
        std::uint64_t stream_bytes = 0;  // taken by the stream
        std::size_t ping_waits = 0;      // behind so much that the stream has not taken
        // Of messages in parts, for an observer.
        std::size_t part_bytes_sent = 0;
        std::size_t part_bytes_received = 0;

        [[nodiscard]] bool hold_nothing() const {
            return !mailbox && !data && unread.empty() && !linger_until && !close_by && !end &&
                   !stalled_since && reader.expired() && part_bytes_sent == 0 &&
                   part_bytes_received == 0;
        }
        void count(std::size_t in_order, std::size_t taken, bool dropped,
                   const transport::ByteStream& stream) {
            stream_bytes += taken;
            if (ping_waits > 0 && taken > 0) {
                ping_waits -= std::min(ping_waits, taken);
                place_ping(stream);
            }
            taken_bytes += in_order;
            if (!dropped) written_bytes = taken_bytes;
        }
        void watch_progress(bool writable, bool progress, Instant now) {
            if (writable) return stalled_since.reset();
            if (progress || !stalled_since) stalled_since = now;
        }
        void begin_ping(const transport::ByteStream& stream, std::size_t waiting) {
            // What was taken before there was anybody to count it.
            stream_bytes = std::max<std::uint64_t>(stream_bytes, stream.unconfirmed_bytes());
            confirmed = stream.confirmed_bytes(stream_bytes);
            ping_waits = waiting;
            place_ping(stream);
        }
        // Only what stands before the Ping counts. The rest the system of a peer takes too, of
        // which nobody is alive.
        void place_ping(const transport::ByteStream& stream) {
            before_ping = stream.confirmed_bytes(stream_bytes) + stream.unconfirmed_bytes();
        }
        bool took_before_ping(const transport::ByteStream& stream) {
            if (before_ping == 0) return false;
            const auto before = std::exchange(confirmed, stream.confirmed_bytes(stream_bytes));
            return std::min(confirmed, before_ping) > before;
        }
        // Before the handlers are gone, which the profile may be the last to keep: they may hold
        // what the data uses.
        void give_data_back() {
            PeerData last = std::exchange(data, {});
            if (const auto alive = reader.lock()) alive->abandon(std::move(last));
        }
        // Whoever pauses may wait for an answer first: it will not come.
        void tell_end_to_reader() const {
            if (!end) return;
            if (const auto alive = reader.lock()) alive->receive_end_of_stream(*end);
        }
    };

    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    void on_timer(Instant now) override;

    // An idle connection keeps nothing for it.
    void follow_heartbeat(std::size_t waiting) {
        // Not yet written: the Ping itself, which a system confirms too, is no progress.
        if (reading_ && (extras_ || waiting + stream_->unconfirmed_bytes() > 0)) {
            extras().begin_ping(*stream_, waiting);
        }
        if (!profile_.observer) return;
        if (reading_) return observe(observe::PingSent{websocket::Keepalive::kPingBytes});
        observe(observe::PongSent{websocket::Keepalive::kPongPayload.size()});
    }
    void receive(MutableBytes bytes);
    MutableBytes deliver_events();
    void put_off();
    void go_on_later();
    [[nodiscard]] bool has_unread() const { return extras_ && !extras_->unread.empty(); }
    void keep_unread(Bytes bytes);
    void read_on();
    void receive_end(std::error_code error);
    // An application that has stopped reading may never go on.
    void wait_for_reading() {
        if (nobody_reads()) extras_->read_by = loop().now() + options().close_timeout;
    }
    void resume_reading();
    void deliver(const websocket::MessageReceived& event);
    void deliver(const websocket::PartReceived& event);
    void deliver(const websocket::PingReceived& event);
    void deliver(const websocket::PongReceived& event);
    void deliver(const websocket::ClosingStarted& event);
    void deliver(const Closed& event);
    template <typename Handler, typename... Arguments>
    void call(Handler&& handler, Arguments&&... arguments);
    [[nodiscard]] bool nobody_reads() const {
        return !reading_ && (!extras_ || extras_->reader.expired());
    }
    // RFC 6455 section 7.1.1: the end is in order once the peer's Close has come as well, and that
    // stands behind what the application does not want to read. It stays so, for messages with a
    // gap between them would be worse than none.
    void discard() {
        discarding_ = true;
        resume_reading();
    }
    [[nodiscard]] std::size_t queued_bytes() const {
        return engine_ ? engine_->buffered_bytes() - engine_->overtaking_bytes() : 0;
    }
    void flush();
    void settle();
    void tell_drain();
    void end_batch();
    [[nodiscard]] bool ends_behind_queue() const {
        const bool server_goes_first = profile_.role == Role::client && clean_ && !stream_ended_;
        return engine_->ended() && !at_once_ && !server_goes_first;
    }
    // Over HTTP/2 an end behind our last bytes would need a window of its own.
    std::size_t write(std::span<const Bytes> pieces, std::size_t bytes) {
        const bool last = ends_behind_queue() && bytes == engine_->buffered_bytes();
        if (!last || shut_down_) return stream_->write(pieces);
        const std::size_t taken = stream_->write_last(pieces);
        shut_down_ = taken == bytes;
        return taken;
    }
    void end_stream(Instant now);
    /// When the stream is dropped, whatever still waits.
    [[nodiscard]] std::optional<Instant> end_by() const {
        const auto deadline = earlier(engine_->close_deadline(), close_by());
        return extras_ ? earlier(deadline, extras_->linger_until) : deadline;
    }
    [[nodiscard]] std::optional<Instant> close_by() const {
        return extras_ ? extras_->close_by : std::nullopt;
    }
    [[nodiscard]] std::optional<Instant> read_by() const {
        return extras_ ? extras_->read_by : std::nullopt;
    }
    [[nodiscard]] std::optional<Instant> stalled_by() const {
        if (writable_ || options().stall_timeout == Duration::zero()) return std::nullopt;
        return *extras_->stalled_since + options().stall_timeout;
    }
    [[nodiscard]] std::optional<Instant> next_timeout() const {
        const auto waits = earlier(earlier(close_by(), read_by()), stalled_by());
        return earlier(engine_->next_timeout(), waits);
    }
    void schedule(std::optional<Instant> next);
    // What can be written at once still is; the end follows as soon as it is told.
    void give_up(std::error_code error) {
        at_once_ = true;
        engine_->fail(CloseCode::going_away, error, loop().now());
    }
    void finish();
    // In sight of `send`, as that is of `Peer`: there may be many in a batch.
    Sent after_send(std::size_t waiting) {
        const bool little = waiting < kFlushBytes && waiting <= options().high_water_bytes;
        return little ? Sent::taken : after_much(waiting);
    }
    // A message that comes alone, is large, is observed or found the queue full. Apart from `send`,
    // which would pay for its registers.
    [[gnu::noinline]] std::expected<Sent, UsageError> send_unusual(MessageType type, Bytes payload,
                                                                   SendOptions options);
    Sent after_much(std::size_t waiting);
    // Whether to try once more. What has come together in a batch was not offered to the stream: a
    // queue that is full of it says nothing of the peer.
    [[nodiscard]] bool made_room(UsageError error) {
        if (error != UsageError::queue_full || !writable_) return false;
        flush();
        return true;
    }
    std::expected<Sent, UsageError> refuse(UsageError error);
    void observe(const observe::Event& event) {
        if (!profile_.observer) return;
        observe::tell(profile_.observer, event, {call_id(), loop().now()});
    }
    /// Whose its events are, where somebody observes.
    [[nodiscard]] virtual observe::CallId call_id() const { return {}; }
    // A message in parts counts once, with all its bytes, when the last one is there.
    template <typename Event>
    void observe_part(std::size_t Extras::* so_far, Event part, bool last) {
        if (!profile_.observer) return;
        auto& bytes = extras().*so_far += part.bytes;
        if (last) observe(Event{part.type, std::exchange(bytes, 0)});
    }
    void open(MutableBytes already_received);
    void pack_info();
    void wake();
    [[nodiscard]] Extras& extras();
    [[nodiscard]] const std::shared_ptr<Mailbox>& shared_mailbox();
    [[nodiscard]] Mailbox* mailbox() const { return extras_ ? extras_->mailbox.get() : nullptr; }
    [[nodiscard]] const Handlers& handlers() const { return *profile_.handlers; }

    Profile& profile_;
    std::unique_ptr<transport::ByteStream> stream_;
    EngineHolder engine_;  // empty while nothing is under way
    std::unique_ptr<Extras> extras_;
    Slot slot_;
    InfoPool::Ticket ticket_;  // empty while `extras_` has the info
    std::uint16_t batch_depth_ = 0;
    bool go_on_posted_ = false;
    bool shut_down_ = false;
    bool finished_ = false;
    bool writable_ : 1 = true;
    bool above_high_water_ : 1 = false;
    bool reading_ : 1 = true;
    bool clean_ : 1 = false;         // the end was a complete closing handshake
    bool stream_ended_ : 1 = false;  // the peer will send no more
    bool at_once_ : 1 = false;       // nothing more can be written, or nobody waits for it
    bool info_wanted_ : 1 = false;
    bool delivering_ : 1 = false;
    bool discarding_ : 1 = false;  // of the peer, only its Close is wanted any more
    bool by_loop_ : 1 = false;     // this batch was begun by the loop
    bool message_open_ : 1 = false;
    bool message_dropped_ : 1 = false;  // in parts, and its last one has not come yet
    bool no_new_messages_ : 1 = false;  // a close waits for room, or the stream broke
};

// An idle connection is this, its stream and a place in the readiness set: docs/performance.md.
static_assert(sizeof(void*) != 8 || sizeof(Driver) <= 136);

/// One that somebody observes. Most are not, and would pay for the room.
class ObservedDriver final : public Driver {
public:
    ObservedDriver(DriverSetup setup, observe::CallId call_id)
        : Driver(std::move(setup)), call_id_(call_id) {}

private:
    [[nodiscard]] observe::CallId call_id() const override { return call_id_; }

    const observe::CallId call_id_;
};

}  // namespace tautline::session
