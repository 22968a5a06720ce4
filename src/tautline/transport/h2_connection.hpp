// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/proto/h2/connection.hpp>
#include <tautline/transport/byte_stream.hpp>
#include <tautline/transport/h2_stream.hpp>

namespace tautline::transport {

/// Receives the events of an HTTP/2 connection, from the loop. It may call everything in here; it
/// must not destroy the connection in here, but give it to `io::Loop::retire`.
class H2Handler {
public:
    /// The first SETTINGS of the peer have come; `extended_connect`: it accepts WebSockets.
    virtual void on_settings(bool extended_connect) = 0;
    /// Servers: answer now or later with `respond`, `accept` or `cancel`. `ends`: nothing follows.
    virtual void on_request(h2::StreamId id, h2::Request request, bool ends) = 0;
    /// Servers: the peer took back a request that was not answered yet.
    virtual void on_request_cancelled(h2::StreamId id) = 0;
    /// The peer takes no new streams; those that are open go on.
    virtual void on_go_away() = 0;
    /// The connection is over, and so are all its streams: without an error after `go_away` from
    /// either side, otherwise with the code of the peer's GOAWAY if that has one. `on_closed`
    /// follows, at once or when the peer has ended its half as well.
    virtual void on_end(std::error_code error) = 0;
    /// Nothing is left to be sent or read. The last call.
    virtual void on_closed() = 0;

protected:
    ~H2Handler() = default;
};

/// A response, and what follows it: the two directions of a WebSocket when the request was an
/// extended CONNECT and the status is 2xx, otherwise the body.
struct H2Response {
    http::ResponseHead head;
    std::unique_ptr<ByteStream> stream;
};

/// Receives the result of a request. An error of `h2::error_category` is a reset by the server,
/// `HandshakeError::response_malformed` is too many interim responses.
using H2ResponseDone = std::move_only_function<void(std::expected<H2Response, std::error_code>)>;

struct H2ConnectionOptions {
    h2::Options protocol = {};
    http::HeadLimits head = {};  // Of the heads that the peer sends.
    // After this time without a stream the connection is ended in order, and dropped after as long
    // again. One that never had a request is dropped at once.
    Duration idle_timeout = std::chrono::seconds(60);
    // Since when the connection has had no stream. Empty: since now.
    std::optional<Instant> idle_since = std::nullopt;
    // Servers: the time for a whole answer, and a second more for each 16 KiB of it. Then the
    // stream is reset, whether the peer did not read the answer or did not end its request.
    Duration answer_timeout = std::chrono::seconds(10);
    // A connection whose output makes no progress for this time is ended.
    Duration stall_timeout = std::chrono::seconds(30);
    // Time to send our last bytes, and for the peer to end its half after them.
    Duration close_timeout = std::chrono::seconds(10);
};

/// Many streams over one lower stream, on which HTTP/2 was agreed.
///
/// Begins at once. Whatever the streams write in one turn of the loop goes to the lower stream in
/// one piece. When the lower stream ends or breaks, each open stream hears of it once.
/// It ends in order: it sends what is queued, then a client closes. A server ends its half, then
/// reads and drops what the client still sends until the client's half ends, for `close_timeout` at
/// most.
/// Limits: `h2::Options`; what waits to be sent is bounded by `max_output_bytes` and a frame.
/// Lifetime: the destructor closes at once; open streams get an error in a later turn.
/// Threads: those of its loop only.
class H2Connection final : private H2Carrier,
                           private ByteStreamHandler,
                           private io::TurnNode,
                           private io::TimerNode {
public:
    /// `handler` must outlive it, or the call of `close`.
    H2Connection(io::Loop& loop, std::unique_ptr<ByteStream> lower, h2::Role role,
                 H2Handler& handler, const H2ConnectionOptions& options = {});
    ~H2Connection() override;
    H2Connection(const H2Connection&) = delete;
    H2Connection& operator=(const H2Connection&) = delete;

    // ── servers; a request that was cancelled can still be answered, to no effect ──

    /// Answers a request with a whole response. Returns whether that is on its way: not when the
    /// request is gone. Fails when a field may not be sent.
    std::expected<bool, UsageError> respond(h2::StreamId id, const http::ResponseHead& head,
                                            std::string body);
    /// Answers with `head` and gives the stream: of a WebSocket when `head` is a 2xx, otherwise of
    /// a body that is still to be written. When the request is gone the stream is broken already.
    [[nodiscard]] std::expected<std::unique_ptr<ByteStream>, UsageError> accept(
        h2::StreamId id, const http::ResponseHead& head);

    // ── clients ──

    /// Sends a request: a WebSocket with a `protocol`, an ordinary one without a body without.
    /// `done` is called once, from the loop, unless the request is cancelled or the connection
    /// closed before. Fails at once as `h2::Connection::send_request` does.
    [[nodiscard]] std::expected<h2::StreamId, UsageError> open(const h2::Request& request,
                                                               H2ResponseDone done);
    /// Whether `open` would send a request at once.
    [[nodiscard]] bool can_open() const { return !ended_ && h2_.can_request(); }
    [[nodiscard]] bool peer_takes_streams() const { return h2_.peer_takes_streams(); }

    // ── both ──

    /// Resets a request that has no response yet.
    void cancel(h2::StreamId id);
    /// Takes bytes that were read from the lower stream before; reports their events at once.
    void receive(MutableBytes bytes) { on_bytes(bytes); }

    /// Replaces `H2ConnectionOptions::idle_timeout`.
    void set_idle_timeout(Duration timeout);
    /// Ends the connection after its streams: GOAWAY. `on_end` and `on_closed` follow.
    void go_away();
    /// Drops the connection at once; no further calls to the handler.
    void close();

    [[nodiscard]] std::size_t stream_count() const { return streams_.size(); }
    /// What the last GOAWAY of the peer held against us, if it held something.
    [[nodiscard]] std::error_code go_away_error() const { return go_away_error_; }

private:
    // A request without an answer: `done` is set for a client.
    struct Pending {
        std::unique_ptr<H2Stream> stream;
        H2ResponseDone done;
    };
    struct Answering {
        std::string body;
        Instant due;  // For the whole answer: a peer that reads a byte now and then gains no time.
        std::size_t sent = 0;
        std::size_t discarded = 0;  // Of the request's body.
        [[nodiscard]] bool whole() const { return sent == body.size(); }
    };
    // `H2Stream*`: somebody else owns the stream.
    using Entry = std::variant<Pending, Answering, H2Stream*>;

    [[nodiscard]] std::size_t write(h2::StreamId id, std::span<const Bytes> pieces) override;
    [[nodiscard]] std::size_t write_last(h2::StreamId id, std::span<const Bytes> pieces) override;
    void finish(h2::StreamId id) override;
    void consume(h2::StreamId id, std::size_t count) override;
    void abandon(h2::StreamId id) override;
    [[nodiscard]] std::size_t unconfirmed_bytes() const override;
    [[nodiscard]] std::uint64_t confirmed_bytes() const override {
        return lower_->confirmed_bytes(sent_bytes_);
    }

    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    void on_turn() override;
    void on_timer(Instant now) override;

    void tell(h2::SettingsReceived& event);
    void tell(h2::RequestReceived& event);
    void tell(h2::ResponseReceived& event);
    void tell(h2::ResponseRefused& event);
    void tell(h2::DataReceived& event);
    void tell(h2::StreamEnded& event);
    void tell(h2::StreamClosed& event);
    void tell(h2::GoAwayReceived& event);
    void tell(h2::ConnectionEnded& event);

    bool tell_events();
    void tell_room();
    void write_body(h2::StreamId id, Answering& answering);
    void discard(h2::StreamId id, Answering& answering, std::size_t bytes);
    void borrow_output();
    void soon();
    void settle();
    void flush();
    void watch(bool progress);
    void schedule_by(Instant when);
    void leave(Instant now);
    void stop_answers(Instant now);
    void end(std::error_code error);
    void linger();
    void finish_linger();
    [[nodiscard]] std::vector<std::pair<h2::StreamId, Pending>> fail_streams(std::error_code error);
    void tell_failure(h2::StreamId id, Pending& pending, std::error_code error);
    [[nodiscard]] Entry* find(h2::StreamId id);
    [[nodiscard]] Pending* find_pending(h2::StreamId id);
    [[nodiscard]] std::optional<Entry> take(h2::StreamId id);
    [[nodiscard]] std::unique_ptr<H2Stream> make_stream(h2::StreamId id);

    io::Loop& loop_;
    std::unique_ptr<ByteStream> lower_;
    std::shared_ptr<const StreamInfo> info_;
    H2Handler* handler_;  // Null when it was closed.
    H2ConnectionOptions options_;
    h2::Connection h2_;
    std::unordered_map<h2::StreamId, Entry> streams_;
    std::uint64_t sent_bytes_ = 0;  // Taken by the lower stream.
    std::size_t answer_bytes_ = 0;  // In the answers that wait to be sent.
    std::error_code go_away_error_;
    std::optional<Instant> idle_since_;
    std::optional<Instant> stalled_since_;
    h2::Role role_;
    bool busy_ = false;     // `settle` follows.
    bool leaving_ = false;  // GOAWAY was sent, as it was idle.
    bool asked_ = false;    // There was a request.
    bool ended_ = false;
    bool lower_ended_ = false;   // The peer's half.
    bool lower_broken_ = false;  // Or so slow that nothing more is sent.
};

}  // namespace tautline::transport
