// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <utility>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/h2/event.hpp>
#include <tautline/proto/h2/event_queue.hpp>
#include <tautline/proto/h2/flood_guard.hpp>
#include <tautline/proto/h2/library_session.hpp>
#include <tautline/proto/h2/options.hpp>
#include <tautline/proto/h2/piece_cursor.hpp>
#include <tautline/proto/h2/stream_table.hpp>
#include <tautline/proto/http/head_reader.hpp>

namespace tautline::h2 {

/// One HTTP/2 connection: bytes in, events out; commands in, bytes out.
///
///     while (!bytes.empty()) {
///         bytes = bytes.subspan(connection.receive(bytes, now));
///         while (auto event = connection.poll_event()) ...   // commands are allowed in here
///     }
///     while (auto stream = connection.poll_writable()) ...   // write to it
///     connection.transmit();                                 // then take connection.output()
///
/// Each stream that is a WebSocket (RFC 8441) is a stream of bytes in both directions, with windows
/// of its own. Payload is shown where it arrived, and is copied once on its way out, into `output`.
/// Limits: `Options`. A stream that nobody reads holds its own window and nothing else, until all
/// of them together hold `max_unread_bytes`: then they all wait for readers. A peer that breaks a
/// rule of the connection, or its rates, gets a GOAWAY.
/// Lifetime: bytes in events are part of what was given to `receive`.
/// Threads: one at a time.
/// Spec: RFC 9113, RFC 8441.
class Connection final : private LibraryEvents {
public:
    /// `head` limits heads after HPACK: names and values, with 32 bytes for each field.
    Connection(Role role, const Options& options, const http::HeadLimits& head = {});
    ~Connection() = default;
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Takes bytes from the peer and returns how many: some at a time, so that events stay few.
    /// Poll all events before the next call.
    [[nodiscard]] std::size_t receive(MutableBytes bytes, Instant now);
    [[nodiscard]] std::optional<Event> poll_event() {
        auto event = events_.poll();
        if (event || !ended() || std::exchange(end_told_, true)) return event;
        return ConnectionEnded{code_};
    }

    /// Sends a request. With a `protocol` the stream stays open for `write`, without it ends.
    /// Fails with `closed` when the connection takes no new streams, with `unsupported` when the
    /// peer did not announce extended CONNECT, and with `header_invalid`.
    [[nodiscard]] std::expected<StreamId, UsageError> send_request(const Request& request);
    /// Whether a request would be sent at once.
    [[nodiscard]] bool can_request() const {
        return !ended() && !going_away_ && session_.may_request() &&
               streams_.size() < session_.peer_max_streams();
    }
    /// Off: SETTINGS_MAX_CONCURRENT_STREAMS of the peer is 0, and requests wait.
    [[nodiscard]] bool peer_takes_streams() const { return session_.peer_max_streams() > 0; }
    /// Answers a request; `ends`: no data follows. Returns whether the head is on its way: not when
    /// the stream is gone, or about to be reset.
    [[nodiscard]] std::expected<bool, UsageError> send_response(StreamId id,
                                                                const http::ResponseHead& head,
                                                                bool ends);

    /// Writes the pieces in order, as far as the windows of the stream and of the connection and
    /// the bound of the output let it, and returns how many bytes were taken. When it took less
    /// than all, `poll_writable` will name the stream. A stream that is gone takes everything.
    [[nodiscard]] std::size_t write(StreamId id, std::span<const Bytes> pieces);
    /// The same, and ends our half of the stream when all was taken: in the frame of the last
    /// bytes, for an end behind them would need a window that is still open.
    [[nodiscard]] std::size_t write_last(StreamId id, std::span<const Bytes> pieces) {
        last_ = true;
        const std::size_t taken = write(id, pieces);
        last_ = false;
        if (writing_.rest() == 0) finish(id);
        return taken;
    }
    /// The next stream that can write again, the one that has waited longest first.
    [[nodiscard]] std::optional<StreamId> poll_writable();
    /// Ends our half of the stream.
    void finish(StreamId id);
    void reset(StreamId id, ErrorCode code);
    /// Lets the peer send `count` bytes more on the stream: as many of its data were used.
    void consume(StreamId id, std::size_t count);
    /// Takes no new streams; those that are open go on. The connection ends with the last of them.
    void go_away();

    /// Moves what is to be sent to `output`, as far as its bound allows.
    void transmit();
    /// What is to be sent. Take it from its front; it may be moved out when it is empty.
    [[nodiscard]] Buffer& output() { return output_; }
    [[nodiscard]] const Buffer& output() const { return output_; }

private:
    void begin_frame(const Frame& frame) override { judge(guard_.count_begun(frame, now_)); }
    void receive_frame(const Frame& frame) override;
    void begin_head(std::int32_t stream, bool request) override;
    bool receive_field(std::int32_t stream, std::string_view name, std::string_view value) override;
    void receive_data(std::int32_t stream, Bytes bytes) override;
    void close_stream(std::int32_t stream, std::uint32_t code) override;
    void frame_sent(const Frame& frame) override;
    std::optional<Data> next_data(std::int32_t stream, std::size_t limit) override;
    void put_data(Bytes frame_header, std::size_t bytes) override;

    void receive_head(const Frame& frame);
    void finish_request(const Frame& frame, StreamState& stream);
    void finish_response(std::int32_t id, StreamState& stream);
    void count_interim(std::int32_t id, StreamState& stream);
    void receive_end(const Frame& frame);
    void receive_ping(const Frame& frame);
    void receive_goaway(const Frame& frame);
    void receive_settings(const Frame& frame);
    void receive_window(std::int32_t id);
    void wait(std::int32_t id, StreamState& stream);
    void release_window();
    void judge(bool fine) {
        if (!fine) fail(ErrorCode::enhance_your_calm);
    }
    void fail(ErrorCode code) {
        if (!std::exchange(failed_, true)) session_.terminate(code_ = code);
    }
    [[nodiscard]] std::size_t room() const {
        return options_.max_output_bytes - std::min(options_.max_output_bytes, output_.size());
    }
    [[nodiscard]] bool ended() const { return failed_ || (!ping_sent_ && session_.done()); }

    Role role_;
    Options options_;
    http::HeadLimits head_limits_;
    LibrarySession session_;
    StreamTable streams_;
    EventQueue events_;
    Buffer output_;
    PieceCursor writing_;  // What `write` is given.
    std::int32_t writer_ = 0;
    std::int32_t answered_ = 0;  // The stream whose head went out last.
    bool last_ = false;          // Nothing follows what `write` is given.
    MutableBytes input_;         // What `receive` works on.
    FloodGuard guard_;
    Instant now_{};
    std::size_t held_ = 0;  // Of the connection window, until readers catch up.
    ErrorCode code_ = ErrorCode::no_error;
    bool got_settings_ = false;
    bool going_away_ = false;
    bool ping_sent_ = false;  // The last GOAWAY waits for its answer.
    bool failed_ = false;
    bool end_told_ = false;
};

}  // namespace tautline::h2
