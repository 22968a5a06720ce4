// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/websocket/role.hpp>

namespace tautline {

/// A received message that belongs to somebody else: valid until the handler returns.
struct MessageView {
    MessageType type = MessageType::text;
    Bytes bytes;

    [[nodiscard]] bool is_text() const { return type == MessageType::text; }
    /// The payload as characters: valid UTF-8 when `is_text()`.
    [[nodiscard]] std::string_view text() const { return as_text(bytes); }
};

/// A message that owns its payload.
class Message {
public:
    Message() = default;
    Message(MessageType type, std::string payload) : type_(type), payload_(std::move(payload)) {}
    explicit Message(MessageView view) : type_(view.type), payload_(view.text()) {}

    [[nodiscard]] MessageType type() const { return type_; }
    [[nodiscard]] bool is_text() const { return type_ == MessageType::text; }
    [[nodiscard]] std::string_view text() const { return payload_; }
    [[nodiscard]] Bytes bytes() const { return as_bytes(payload_); }
    /// Moves the payload out.
    [[nodiscard]] std::string take() { return std::move(payload_); }

    operator MessageView() const { return {type_, bytes()}; }

private:
    MessageType type_ = MessageType::text;
    std::string payload_;
};

/// A piece of a message, with `Delivery::streamed`. Pieces of text may split a character. Valid
/// until the handler returns.
struct PartView {
    MessageType type = MessageType::text;
    Bytes bytes;
    bool first = true;
    bool last = true;
};

/// A piece of a message that owns its bytes: what `receive_part` gives.
class Part {
public:
    Part() = default;
    explicit Part(PartView view)
        : type_(view.type), first_(view.first), last_(view.last), payload_(as_text(view.bytes)) {}

    /// Of the message, in each of its parts.
    [[nodiscard]] MessageType type() const { return type_; }
    [[nodiscard]] bool is_text() const { return type_ == MessageType::text; }
    [[nodiscard]] bool first() const { return first_; }
    [[nodiscard]] bool last() const { return last_; }
    /// The bytes as characters. Those of text were checked so far; a part may split one.
    [[nodiscard]] std::string_view text() const { return payload_; }
    [[nodiscard]] Bytes bytes() const { return as_bytes(payload_); }
    /// Moves the bytes out.
    [[nodiscard]] std::string take() { return std::move(payload_); }

    operator PartView() const { return {type_, bytes(), first_, last_}; }

private:
    MessageType type_ = MessageType::text;
    bool first_ = true;
    bool last_ = true;
    std::string payload_;
};

/// What became of a message that was sent.
enum class Sent : std::uint8_t {
    taken,    ///< On its way; little waits before it.
    queued,   ///< Kept, but more than `high_water_bytes` wait: slow down until drained.
    dropped,  ///< Thrown away, as `OverflowPolicy::drop` says.
};

}  // namespace tautline
