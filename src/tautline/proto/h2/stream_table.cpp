// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/stream_table.hpp>

#include <tautline/base/assert.hpp>

namespace tautline::h2 {

StreamState* StreamTable::find(std::int32_t id) {
    const auto found = streams_.find(id);
    return found == streams_.end() ? nullptr : &found->second;
}

void StreamTable::close(std::int32_t id) {
    const auto found = streams_.find(id);
    if (found == streams_.end()) return;
    unread_ -= found->second.unread;
    streams_.erase(found);
}

void StreamTable::add_unread(StreamState& stream, std::size_t count) {
    stream.unread += count;
    unread_ += count;
}

void StreamTable::remove_unread(StreamState& stream, std::size_t count) {
    TAUTLINE_ASSERT(count <= stream.unread);
    stream.unread -= count;
    unread_ -= count;
}

void StreamTable::wait_for_room(std::int32_t id, StreamState& stream) {
    if (stream.waiting != StreamState::Waiting::for_room) waiting_.push_back(id);
    stream.waiting = StreamState::Waiting::for_room;
}

std::optional<std::int32_t> StreamTable::next_waiting() {
    while (!waiting_.empty()) {
        const std::int32_t id = waiting_.front();
        waiting_.pop_front();
        StreamState* stream = find(id);
        if (!stream) continue;
        stream->waiting = StreamState::Waiting::for_nothing;
        return id;
    }
    return std::nullopt;
}

void StreamTable::reconsider_windows() {
    for (auto& [id, stream] : streams_) {
        if (stream.waiting == StreamState::Waiting::for_window) wait_for_room(id, stream);
    }
}

}  // namespace tautline::h2
