// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include <tautline/proto/h2/incoming_head.hpp>

namespace tautline::h2 {

/// What a connection remembers of a stream that is open.
struct StreamState {
    /// What a stream needs before it can write again.
    enum class Waiting : std::uint8_t { for_nothing, for_room, for_window };

    std::unique_ptr<IncomingHead> head = nullptr;  // While it arrives.
    std::size_t unread = 0;                        // Bytes that were reported and not consumed.
    Waiting waiting = Waiting::for_nothing;
    bool expects_response = false;  // The final head of it.
    std::uint8_t interim = 0;       // Heads before it.
    bool sent = true;               // False: our request for it waits.
    bool tunnel = false;            // Of a CONNECT that is not refused: after its heads.
    bool finished = false;          // Our half, by us.
    bool reset = false;             // By us.
    bool refused = false;  // Reset it when its response has gone out, unless the request is over.
};

/// The open streams of a connection, how much they hold, and who waits to write.
///
/// Lifetime: pointers to a stream are valid until it is closed.
class StreamTable {
public:
    StreamState& open(std::int32_t id) { return streams_[id]; }
    [[nodiscard]] StreamState* find(std::int32_t id);
    /// Does nothing when it is not open.
    void close(std::int32_t id);

    [[nodiscard]] std::size_t size() const { return streams_.size(); }
    [[nodiscard]] bool empty() const { return streams_.empty(); }

    /// Bytes that all streams hold.
    [[nodiscard]] std::size_t unread() const { return unread_; }
    void add_unread(StreamState& stream, std::size_t count);
    /// At most what the stream holds.
    void remove_unread(StreamState& stream, std::size_t count);

    /// Puts a stream at the end of the queue of those that wait for room, unless it is in it.
    void wait_for_room(std::int32_t id, StreamState& stream);
    /// Takes the first stream of that queue, if there is one.
    [[nodiscard]] std::optional<std::int32_t> next_waiting();
    /// Puts all that wait for a window into that queue.
    void reconsider_windows();

private:
    std::unordered_map<std::int32_t, StreamState> streams_;
    std::deque<std::int32_t> waiting_;  // May hold some that are closed.
    std::size_t unread_ = 0;
};

}  // namespace tautline::h2
