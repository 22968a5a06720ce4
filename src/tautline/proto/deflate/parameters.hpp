// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace tautline::deflate {

/// The agreed parameters of permessage-deflate (RFC 7692 section 7.1).
struct Parameters {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    int server_max_window_bits = 15;  ///< 9 to 15, or 8 where the peer is the server.
    int client_max_window_bits = 15;  ///< 8 to 15.

    friend bool operator==(const Parameters&, const Parameters&) = default;
};

/// How an endpoint wants to compress: what it offers or accepts, and what it costs.
struct Options {
    /// Start every message of the server from an empty window: less memory, less compression.
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    /// 9 to 15; the largest LZ77 window that the side may use, as a power of two.
    int server_max_window_bits = 15;
    int client_max_window_bits = 15;
    /// zlib's level, 0 to 9. At levels 1 to 6 short messages without context takeover are left to
    /// `FastDeflater`, which is faster and gives nearly the same.
    int level = 6;
    /// zlib's memLevel, 1 to 9: 8 takes 256 KiB a compressor with a window of 15 bits.
    int memory_level = 8;
    /// Shorter messages are sent as they are.
    std::size_t threshold_bytes = 64;
};

/// Whether every number of `options` is in its range. The functions below ask for such options.
[[nodiscard]] bool is_usable(const Options& options);

/// The offer of a client for `Sec-WebSocket-Extensions`.
[[nodiscard]] std::string write_offer(const Options& options);

/// What a server answers: the parameters, and the value of its `Sec-WebSocket-Extensions`.
struct Answer {
    Parameters parameters;
    std::string field_value;
};

/// Chooses the first offer of `offers` (the whole field, all lines combined) that can be accepted.
/// Offers with unknown, repeated or bad parameters are declined one by one, as RFC 7692 section 5.1
/// wants; nothing acceptable gives std::nullopt: the connection goes on without compression.
/// An offer that wants the server to use a window of 8 bits is declined too: zlib can keep to it
/// only by giving up back-references, which is worse than the client's next offer or none.
[[nodiscard]] std::optional<Answer> accept_offer(std::string_view offers, const Options& options);

/// Why a client cannot go on with what the server answered.
enum class AnswerError : std::uint8_t {
    malformed,      ///< Not the grammar of RFC 6455 section 9.1.
    not_offered,    ///< An extension other than the one offered, or the same one twice.
    bad_parameter,  ///< Unknown, repeated, out of range, or not what was offered.
};

/// Checks the server's answer to `write_offer(options)`. An empty answer means no compression.
/// A server may answer `client_max_window_bits=8`; that is agreed to, and `Compressor` keeps to it.
[[nodiscard]] std::expected<std::optional<Parameters>, AnswerError> read_answer(
    std::string_view field, const Options& options);

}  // namespace tautline::deflate
