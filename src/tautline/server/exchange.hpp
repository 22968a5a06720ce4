// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/base/buffer.hpp>
#include <tautline/base/error.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/proto/h2/preface.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/server/decision.hpp>
#include <tautline/server/routes.hpp>
#include <tautline/server/site.hpp>
#include <tautline/server/write_response.hpp>
#include <tautline/session/registry.hpp>
#include <tautline/session/slot.hpp>
#include <tautline/transport/byte_stream.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline::server {

/// The HTTP/1.1 side of one connection: reads requests, answers the plain ones, and hands the
/// stream to a session when one becomes a WebSocket.
///
///     shaking_hands ─▶ reading ─▶ deciding ─▶ flushing ─▶ (a session)
///                        ▲ └──────────────────▶ │ └─────▶ lingering ─▶ over
///                        └──────────────────────┘
///
/// Each state but the last has a deadline for all of it. Pipelined requests are answered in order.
/// Units and limits: at most `kKeptBytes` are kept of what arrives while an answer waits: more ends
/// the connection. An answer has `answer_timeout` to go out, and a second more for each 16
/// KiB. After the last answer at most 2 s and 256 KiB are read and thrown away, so that the peer
/// can read it: closing with unread bytes would reset the connection.
/// Lifetime: owned by the registry until the connection is over or a WebSocket.
/// Threads: those of its loop.
class Exchange final : public session::SharedMember, public transport::ByteStreamHandler {
public:
    static constexpr std::size_t kKeptBytes = std::size_t{64} * 1024;

    /// Serves `stream`, inside TLS when there is a context.
    static void start(Site& site, session::Slot slot, std::unique_ptr<transport::ByteStream> stream,
                      std::shared_ptr<const transport::TlsServerContext> tls = nullptr);
    /// Serves `stream`, whose first request another server has read; `rest` came after it.
    static void resume(Site& site, session::Slot slot,
                       std::unique_ptr<transport::ByteStream> stream, http::RequestHead request,
                       Bytes rest);

    Exchange(Site& site, session::Slot slot);

    void go_away() override;
    void drop() override { finish(); }

private:
    enum class State : std::uint8_t { shaking_hands, reading, deciding, flushing, lingering, over };
    enum class Next : std::uint8_t { read, linger, open };  // once all is flushed

    void on_bytes(MutableBytes bytes) override;
    void on_writable() override;
    void on_end(std::error_code error) override;
    void on_timer(Instant now) override;

    void shake_hands(std::unique_ptr<transport::ByteStream> lower,
                     std::shared_ptr<const transport::TlsServerContext> tls);
    void fail_handshake(Error error);
    void begin_reading();
    void switch_to_h2(MutableBytes received);
    void detect_h2(Bytes bytes);
    void read(Bytes bytes);
    void keep(Bytes bytes);
    void discard(std::size_t bytes);

    void handle(http::RequestHead request);
    void refuse_head(const websocket::Refused& refused);
    void handle(const Response& response);
    void handle(const websocket::Refused& refused);
    void handle(const PlainCall& call);
    void handle(UpgradeCall call);
    void receive_verdict(Decision::Result result);
    void accept(UpgradeCall call);

    [[nodiscard]] bool untouched() const;
    template <typename Answer>
    void write(const Answer& answer, const ResponseForm& form, Next next);
    void write(std::string_view answer, Next next);
    void flush();
    bool write_output();
    void wait_until_written();
    void go_on();
    void linger();
    void end_half();
    void leave();
    void open();
    void finish();
    void await_request();
    void set_deadline(Duration duration);

    Site& site_;
    session::Slot slot_;
    std::unique_ptr<transport::ByteStream> stream_;
    http::RequestReader reader_;
    Buffer output_;
    Buffer kept_;  // came after a request that is not answered yet
    State state_ = State::reading;
    Next next_ = Next::read;
    bool blocked_ = false;      // the stream took less than it was given
    bool idle_ = false;         // the deadline is that of a connection between two requests
    bool closing_ = false;      // the next answer is the last one
    bool leaving_ = false;      // it is over when what was said has gone out
    std::string peer_address_;  // while shaking hands, for an observer
    std::optional<h2::PrefaceDetector> preface_;  // while the first bytes may be HTTP/2
    std::size_t discarded_ = 0;

    // Of the request that is being handled; empty when there is none.
    http::RequestHead request_;
    observe::CallId call_id_;
    bool persistent_ = true;
    std::optional<transport::StreamInfo> stream_info_;  // once it was asked for
    std::unique_ptr<Decision> decision_;                // while deciding
    std::optional<UpgradeCall> accepted_;               // while its 101 goes out
};

}  // namespace tautline::server
