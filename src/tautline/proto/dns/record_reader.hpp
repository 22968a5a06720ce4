// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tautline/base/bytes.hpp>

namespace tautline::dns {

constexpr std::size_t kHeaderBytes = 12;
constexpr std::size_t kMaxRecords = 64;  // of a message are looked at

/// What a message begins with: kHeaderBytes of it.
struct Header {
    std::uint16_t flags = 0;
    std::uint16_t questions = 0;
    std::uint16_t answers = 0;
    std::uint16_t authorities = 0;
};

/// A record of a message.
struct Record {
    std::string owner;       ///< Lower case, without a final dot.
    std::uint16_t type = 0;  ///< 0 in a class other than that of the Internet.
    std::uint32_t ttl = 0;   ///< In seconds.
    std::size_t data_at = 0;
    Bytes data;  ///< Within the message.
};

/// Nothing: the message is too short for one.
/// Spec: RFC 1035 section 4.1.1.
[[nodiscard]] std::optional<Header> read_header(Bytes message);

/// Where the first record stands, behind the header and `count` questions. Nothing: the message
/// ends before, or a name in it cannot be read.
/// Spec: RFC 1035 section 4.1.2.
[[nodiscard]] std::optional<std::size_t> skip_questions(Bytes message, std::size_t count);

/// Reads the record at `at`, and moves that behind it. Nothing: as above.
/// Lifetime: that of `message`.
/// Spec: RFC 1035 section 4.1.3.
[[nodiscard]] std::optional<Record> read_record(Bytes message, std::size_t& at);

}  // namespace tautline::dns
