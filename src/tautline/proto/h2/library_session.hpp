// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/h2/error_code.hpp>
#include <tautline/proto/h2/options.hpp>
#include <tautline/proto/h2/outgoing_head.hpp>

struct nghttp2_session;

namespace tautline::h2 {

enum class FrameType : std::uint8_t {
    data = 0,
    headers = 1,
    priority = 2,
    rst_stream = 3,
    settings = 4,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9,
};

/// What our rules need to know of a frame.
struct Frame {
    FrameType type;
    std::int32_t stream = 0;
    std::size_t payload_bytes = 0;  ///< Without padding, where the whole frame is known.
    bool ack = false;               ///< PING and SETTINGS.
    bool end_stream = false;        ///< DATA and HEADERS.
    std::uint32_t code = 0;         ///< RST_STREAM and GOAWAY.
};

/// What the library reports while it receives and sends. Do not ask it to receive or send in here;
/// everything else is allowed.
class LibraryEvents {
public:
    virtual void begin_frame(const Frame& frame) = 0;
    virtual void receive_frame(const Frame& frame) = 0;
    virtual void begin_head(std::int32_t stream, bool request) = 0;
    /// Returns whether it wants the other fields of this head.
    virtual bool receive_field(std::int32_t stream, std::string_view name,
                               std::string_view value) = 0;
    virtual void receive_data(std::int32_t stream, Bytes bytes) = 0;
    virtual void close_stream(std::int32_t stream, std::uint32_t code) = 0;
    virtual void frame_sent(const Frame& frame) = 0;

    /// How many bytes of data `stream` has for a frame of at most `limit` bytes, if it has some or
    /// ends; `put_data` follows unless it is 0.
    struct Data {
        std::size_t bytes = 0;
        bool end_stream = false;
    };
    virtual std::optional<Data> next_data(std::int32_t stream, std::size_t limit) = 0;
    virtual void put_data(Bytes frame_header, std::size_t bytes) = 0;

protected:
    ~LibraryEvents() = default;
};

/// Wraps nghttp2, with our limits and types: no other unit knows it.
///
/// Payload is not copied in here: it is shown where it arrived, and asked for where it goes out.
/// Lifetime: `events` must outlive it.
class LibrarySession {
public:
    /// `head_bytes` is the largest head that the peer should send.
    LibrarySession(Role role, const Options& options, std::size_t head_bytes,
                   LibraryEvents& events);

    /// Fails when the connection cannot go on; the code is to be sent to the peer.
    [[nodiscard]] std::expected<void, ErrorCode> receive(Bytes bytes);
    /// The next bytes to send, valid until the next call; empty when there are none. Data goes to
    /// `put_data` instead.
    [[nodiscard]] Bytes next_output();

    /// The id of the stream, or nothing when there are no more. `tunnel`: data will follow.
    [[nodiscard]] std::optional<std::int32_t> submit_request(const OutgoingHead& head, bool tunnel);
    void submit_response(std::int32_t stream, const OutgoingHead& head, bool data_follows);
    /// Asks `stream` for data again.
    void resume(std::int32_t stream);
    void submit_reset(std::int32_t stream, ErrorCode code);
    void submit_shutdown_notice();
    void submit_goaway();
    void submit_ping();
    /// GOAWAY, then nothing.
    void terminate(ErrorCode code);
    void consume_stream(std::int32_t stream, std::size_t bytes);
    void consume_connection(std::size_t bytes);

    [[nodiscard]] std::int32_t stream_window(std::int32_t stream) const;
    [[nodiscard]] std::int32_t connection_window() const;
    [[nodiscard]] bool peer_takes_extended_connect() const;
    [[nodiscard]] std::uint32_t peer_max_streams() const;
    [[nodiscard]] bool may_request() const;
    /// Whether it has nothing to send and expects nothing more.
    [[nodiscard]] bool done() const;

private:
    struct Delete {
        void operator()(nghttp2_session* session) const;
    };
    std::unique_ptr<nghttp2_session, Delete> session_;
};

}  // namespace tautline::h2
