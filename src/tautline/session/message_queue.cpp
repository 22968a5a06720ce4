// SPDX-License-Identifier: MIT
#include <tautline/session/message_queue.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::session {

void MessageQueue::push(MessageView message) {
    static_assert(kRecordHeadBytes == 1 + sizeof(std::uint64_t));
    if (empty()) {
        first_.emplace(message);
        return;
    }
    std::array<std::byte, kRecordHeadBytes> head{static_cast<std::byte>(message.type)};
    const std::uint64_t length = message.bytes.size();
    std::memcpy(&head[1], &length, sizeof length);
    records_.append(head);
    records_.append(message.bytes);
}

Message MessageQueue::pop() {
    TAUTLINE_ASSERT(!empty());
    if (first_) return *std::exchange(first_, std::nullopt);
    const Bytes record = records_.readable();
    const auto type = static_cast<MessageType>(record[0]);
    std::uint64_t length = 0;
    std::memcpy(&length, &record[1], sizeof length);
    Message message(type, std::string(as_text(record.subspan(kRecordHeadBytes, length))));
    records_.consume(record_bytes(length));
    if (records_.empty()) records_.release();
    return message;
}

}  // namespace tautline::session
