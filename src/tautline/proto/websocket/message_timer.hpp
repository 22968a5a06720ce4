// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/options.hpp>

namespace tautline::websocket {

/// How long the message that is arriving may still take.
///
/// Calling order: `end_message` at every end of a message, and of a control frame between two
/// messages; `end_batch` when what the peer sent is used up. Then `deadline` is right.
class MessageTimer {
public:
    /// The next message has its own time.
    void end_message() { running_ = false; }
    /// Everything that arrived at `now` was read; it ends inside a message when `incomplete`.
    void end_batch(bool incomplete, Instant now);
    /// The application reads again: the time without reading does not count.
    void restart(Instant now) { since_ = now; }

    /// When the message is late, if it can be: streamed messages may take as long as they want.
    [[nodiscard]] std::optional<Instant> deadline(const ConnectionOptions& options) const;

private:
    Instant since_;  // when the message that is incomplete was begun
    bool running_ = false;
};

}  // namespace tautline::websocket
