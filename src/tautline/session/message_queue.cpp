// SPDX-License-Identifier: MIT
#include <tautline/session/message_queue.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include <tautline/base/assert.hpp>

namespace tautline::session {

namespace {

// The type and the place of a part in one byte.
constexpr std::byte kFirst{0x40};
constexpr std::byte kLast{0x80};

std::byte tag_of(const PartView& part) {
    constexpr std::byte kNeither{};
    return static_cast<std::byte>(part.type) | (part.first ? kFirst : kNeither) |
           (part.last ? kLast : kNeither);
}

bool has(std::byte tag, std::byte flag) { return (tag & flag) == flag; }

}  // namespace

void MessageQueue::push(PartView part) {
    static_assert(kRecordHeadBytes == 1 + sizeof(std::uint64_t));
    if (empty()) {
        first_.emplace(part);
        return;
    }
    std::array<std::byte, kRecordHeadBytes> head{tag_of(part)};
    const std::uint64_t length = part.bytes.size();
    std::memcpy(&head[1], &length, sizeof length);
    records_.append(head);
    records_.append(part.bytes);
}

Part MessageQueue::pop() {
    TAUTLINE_ASSERT(!empty());
    if (first_) return *std::exchange(first_, std::nullopt);
    const Bytes record = records_.readable();
    const std::byte tag = record[0];
    std::uint64_t length = 0;
    std::memcpy(&length, &record[1], sizeof length);
    Part part({.type = static_cast<MessageType>(tag & ~(kFirst | kLast)),
               .bytes = record.subspan(kRecordHeadBytes, length),
               .first = has(tag, kFirst),
               .last = has(tag, kLast)});
    records_.consume(record_bytes(length));
    if (records_.empty()) records_.release();
    return part;
}

}  // namespace tautline::session
