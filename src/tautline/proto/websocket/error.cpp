// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/error.hpp>

#include <string>
#include <utility>

namespace tautline {

CloseCode close_code_for(PeerError error) {
    using enum PeerError;
    switch (error) {
        case reserved_bit_set:
        case opcode_unknown:
        case frame_not_masked:
        case frame_masked:
        case length_not_minimal:
        case length_top_bit_set:
        case control_fragmented:
        case control_too_long:
        case continuation_unexpected:
        case message_interrupted:
        case close_payload_short:
        case close_code_invalid:
        case rule_broken: return CloseCode::protocol_error;
        case close_reason_not_utf8:
        case text_not_utf8:
        case deflate_corrupt: return CloseCode::invalid_payload;
        case message_too_large: return CloseCode::message_too_big;
        case too_many_fragments: return CloseCode::policy_violation;
    }
    std::unreachable();
}

std::string_view close_reason_for(PeerError error) {
    using enum PeerError;
    switch (error) {
        case reserved_bit_set: return "reserved bit set";
        case opcode_unknown: return "unknown opcode";
        case frame_not_masked: return "frame not masked";
        case frame_masked: return "frame masked";
        case length_not_minimal: return "length not minimal";
        case length_top_bit_set: return "length out of range";
        case control_fragmented: return "control frame fragmented";
        case control_too_long: return "control frame too long";
        case continuation_unexpected: return "nothing to continue";
        case message_interrupted: return "message not finished";
        case close_payload_short: return "close code cut off";
        case close_code_invalid: return "close code not allowed";
        case close_reason_not_utf8: return "close reason not UTF-8";
        case text_not_utf8: return "text not UTF-8";
        case deflate_corrupt: return "compressed data corrupt";
        case message_too_large: return "message too large";
        case too_many_fragments: return "too many fragments";
        case rule_broken: return "protocol error";
    }
    std::unreachable();
}

std::string_view name_for(PeerError error) {
    using enum PeerError;
    switch (error) {
        case reserved_bit_set: return "reserved_bit_set";
        case opcode_unknown: return "opcode_unknown";
        case frame_not_masked: return "frame_not_masked";
        case frame_masked: return "frame_masked";
        case length_not_minimal: return "length_not_minimal";
        case length_top_bit_set: return "length_top_bit_set";
        case control_fragmented: return "control_fragmented";
        case control_too_long: return "control_too_long";
        case continuation_unexpected: return "continuation_unexpected";
        case message_interrupted: return "message_interrupted";
        case close_payload_short: return "close_payload_short";
        case close_code_invalid: return "close_code_invalid";
        case close_reason_not_utf8: return "close_reason_not_utf8";
        case text_not_utf8: return "text_not_utf8";
        case deflate_corrupt: return "deflate_corrupt";
        case message_too_large: return "message_too_large";
        case too_many_fragments: return "too_many_fragments";
        case rule_broken: return "rule_broken";
    }
    return "unknown";
}

namespace {

// Our limits are no rules of the protocol.
std::string message_for(PeerError error) {
    if (error == PeerError::message_too_large) {
        return "the peer sent a message over the limit; raise max_message_bytes to take it";
    }
    if (error == PeerError::too_many_fragments) {
        return "the peer cut a message into more frames than the limit allows";
    }
    return "the peer broke a rule: " + std::string(close_reason_for(error));
}

}  // namespace

const std::error_category& peer_category() {
    // A std::error_code may hold any number, so it is checked here.
    static const class : public ErrorCategory {
    public:
        [[nodiscard]] const char* name() const noexcept override { return "tautline.peer"; }
        [[nodiscard]] std::string_view name_of(int value) const noexcept override {
            return name_for(error_of(value));
        }
        [[nodiscard]] std::string message(int value) const override {
            const bool known = name_of(value) != name_for(PeerError());
            return known ? message_for(error_of(value)) : "unknown";
        }

    private:
        // None for what does not fit: cut short it would be another one.
        static PeerError error_of(int value) {
            return std::in_range<std::uint8_t>(value) ? static_cast<PeerError>(value) : PeerError();
        }
    } category;
    return category;
}

std::error_code make_error_code(PeerError error) {
    return {static_cast<int>(error), peer_category()};
}

}  // namespace tautline
