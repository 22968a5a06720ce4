// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string_view>
#include <system_error>

#include <tautline/proto/websocket/engine.hpp>

namespace tautline::test {

/// What must be there of an engine, and no more.
struct SmallestEngine : websocket::Engine {
    void receive(MutableBytes, Instant) override {}
    void receive_end(std::error_code, Instant) override {}
    std::optional<websocket::Event> poll_event() override { return std::nullopt; }
    std::expected<std::size_t, UsageError> send_message(MessageType, Bytes, SendOptions) override {
        return 7;
    }
    std::expected<void, UsageError> send_part(MessageType, Bytes, bool, SendOptions) override {
        return {};
    }
    std::expected<void, UsageError> send_ping(Bytes, Instant) override { return {}; }
    std::expected<void, UsageError> send_pong(Bytes) override { return {}; }
    std::expected<void, UsageError> close(CloseCode, std::string_view, Instant) override {
        return {};
    }
    void fail(CloseCode, std::error_code, Instant) override {}
    Pieces poll_transmit() override { return {}; }
    std::size_t transmitted(std::size_t) override { return 0; }
    std::size_t buffered_bytes() const override { return 0; }
    void lend_output_memory(Buffer) override {}
    Buffer take_output_memory() override { return {}; }
    void set_reading(bool, Instant) override {}
    std::optional<Instant> next_timeout() const override { return std::nullopt; }
    void handle_timeout(Instant) override {}
    bool open() const override { return true; }
    bool ended() const override { return false; }
    std::optional<Instant> close_deadline() const override { return std::nullopt; }
};

}  // namespace tautline::test
