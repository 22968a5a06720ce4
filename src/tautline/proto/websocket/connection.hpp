// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <system_error>

#include <tautline/proto/websocket/closing.hpp>
#include <tautline/proto/websocket/control_assembler.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/proto/websocket/frame_reader.hpp>
#include <tautline/proto/websocket/keepalive.hpp>
#include <tautline/proto/websocket/message_assembler.hpp>
#include <tautline/proto/websocket/message_sender.hpp>
#include <tautline/proto/websocket/message_timer.hpp>
#include <tautline/proto/websocket/outbox.hpp>

namespace tautline::websocket {

/// tautline's own engine. It only routes:
///
///     receive ──▶ FrameReader ──▶ MessageAssembler ──▶ poll_event
///                      └────────▶ control frames ──▶ Closing, Keepalive
///     send_*  ──▶ MessageSender ──▶ Outbox ──▶ poll_transmit
///
/// Memory: none besides itself while no message is incomplete and nothing waits to be sent.
/// Calling order, lifetime and threads: those of `Engine`.
class Connection final : public Engine {
public:
    explicit Connection(const EngineSetup& setup);

    void receive(MutableBytes bytes, Instant now) override;
    void receive_end(std::error_code error, Instant now) override;
    [[nodiscard]] std::optional<Event> poll_event() override;
    [[nodiscard]] std::optional<MessageReceived> poll_message() override;

    [[nodiscard]] std::expected<std::size_t, UsageError> send_message(MessageType type,
                                                                      Bytes payload,
                                                                      SendOptions options) override;
    [[nodiscard]] std::expected<std::size_t, UsageError> send_in_place(
        MessageType type, Bytes payload, SendOptions options) override;
    [[nodiscard]] std::expected<void, UsageError> send_part(MessageType type, Bytes payload,
                                                            bool last,
                                                            SendOptions options) override;
    [[nodiscard]] std::expected<void, UsageError> send_ping(Bytes payload, Instant now) override;
    [[nodiscard]] std::expected<void, UsageError> send_pong(Bytes payload) override;
    [[nodiscard]] std::expected<void, UsageError> close(CloseCode code, std::string_view reason,
                                                        Instant now) override;
    void fail(CloseCode code, std::error_code error, Instant now) override;

    [[nodiscard]] Pieces poll_transmit() override { return outbox_.poll_transmit(); }
    std::size_t transmitted(std::size_t count) override {
        outbox_.transmitted(count, options_->low_water_bytes);
        return outbox_.size();
    }
    [[nodiscard]] std::size_t buffered_bytes() const override { return outbox_.size(); }
    [[nodiscard]] std::size_t overtaking_bytes() const override {
        return outbox_.overtaking_bytes();
    }
    void lend_output_memory(Buffer memory) override { outbox_.lend(std::move(memory)); }
    [[nodiscard]] Buffer take_output_memory() override { return outbox_.take(); }

    void set_reading(bool reading, Instant now) override {
        // A message could not go on while reading was off: its time begins again.
        if (reading && !keepalive_.reading()) message_timer_.restart(now);
        keepalive_.set_reading(reading, now);
    }
    [[nodiscard]] std::optional<Instant> next_timeout() const override;
    void handle_timeout(Instant now) override;
    void wait_on(Instant now) override { keepalive_.wait_on(now); }

    [[nodiscard]] bool open() const override { return closing_.open(); }
    [[nodiscard]] bool ended() const override { return closing_.end_told(); }
    [[nodiscard]] std::optional<Instant> close_deadline() const override {
        return closing_.deadline();
    }

    [[nodiscard]] MutableBytes take_unread() override { return std::exchange(input_, {}); }
    [[nodiscard]] std::optional<Rest> at_rest() const override;
    void resume(Instant heard_at) override;

private:
    std::nullopt_t end_batch();
    std::optional<Event> receive_slice(const FrameSlice& slice);
    std::optional<Event> receive_data(const FrameSlice& slice);
    std::optional<Event> receive_control(Opcode opcode, Bytes payload);
    std::optional<Event> receive_ping(Bytes payload);
    std::optional<Event> receive_pong(Bytes payload);
    void receive_close(Bytes payload);
    void fail_for(PeerError error);
    void fail_with(const CloseFrame& close, std::error_code error, Instant now);

    [[nodiscard]] bool sends_short(MessageType type, Bytes payload) const;
    std::expected<void, UsageError> check_room() const;
    // Apart from the short way, which would pay for its registers.
    [[gnu::noinline]] std::expected<std::size_t, UsageError> send_any(MessageType type,
                                                                      Bytes payload,
                                                                      SendOptions options);
    std::expected<std::size_t, UsageError> send_whole(MessageSender::Message message);
    MessageSender::Message outgoing(MessageType type, Bytes payload, SendOptions options) const;
    std::expected<void, UsageError> check_control(Bytes payload) const;

    [[nodiscard]] std::optional<Instant> message_deadline() const {
        return keepalive_.reading() ? message_timer_.deadline(*options_) : std::nullopt;
    }

    const ConnectionOptions* options_;
    FrameReader reader_;
    MessageAssembler assembler_;
    ControlAssembler controls_;
    MessageSender sender_;
    Outbox outbox_;
    Closing closing_;
    Keepalive keepalive_;
    MessageTimer message_timer_;
    MutableBytes input_;  // bytes of `receive` that were not read yet
};

}  // namespace tautline::websocket
