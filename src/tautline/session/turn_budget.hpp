// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <variant>

#include <tautline/proto/websocket/event.hpp>

namespace tautline::session {

/// How much one connection may deliver before others have the loop. What came in one read may be a
/// thousand times as large when it was compressed.
class TurnBudget {
public:
    static constexpr std::size_t kBytes = std::size_t{1} << 20;

    /// Charges a message or a part. Returns whether the budget is used up.
    [[nodiscard]] bool spend(const websocket::Event& event) {
        if (const auto* message = std::get_if<websocket::MessageReceived>(&event)) {
            spent_ += message->payload.size();
        } else if (const auto* part = std::get_if<websocket::PartReceived>(&event)) {
            spent_ += part->payload.size();
        }
        return spent_ >= kBytes;
    }

private:
    std::size_t spent_ = 0;
};

}  // namespace tautline::session
