// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>

#include <fuzz/tunnel_properties.hpp>

#include <tautline/proto/proxy/socks5.hpp>

namespace {

using tautline::Bytes;
using tautline::proxy::Credentials;
using tautline::proxy::Socks5;

// A proxy can make us write no more than the three requests there are.
constexpr std::size_t kMaxRequestBytes = 4 + 3 + 2 * 255 + 4 + 1 + 255 + 2;

Socks5 run(Bytes bytes, bool with_credentials, std::size_t piece) {
    const auto credentials =
        with_credentials ? std::optional(Credentials{"user", std::string(tautline::fuzz::kSecret)})
                         : std::nullopt;
    Socks5 socks({"example.org", 443}, credentials);
    std::size_t written = 0;
    while (!bytes.empty()) {
        written += socks.take_request().size();
        const auto count = std::min(piece, bytes.size());
        socks.receive(bytes.first(count));
        bytes = bytes.subspan(count);
    }
    socks.end_stream();
    written += socks.take_request().size();
    TAUTLINE_ASSERT(written <= kMaxRequestBytes);
    TAUTLINE_ASSERT(socks.state() != Socks5::State::reading);
    return socks;
}

}  // namespace

// The first byte chooses: with credentials or without, and the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    const bool with_credentials = (data[0] & 1) != 0;
    Socks5 whole = run(bytes, with_credentials, size);
    Socks5 pieces = run(bytes, with_credentials, 1U + (data[0] >> 1));
    TAUTLINE_ASSERT(tautline::fuzz::outcome_of(whole) == tautline::fuzz::outcome_of(pieces));
    tautline::fuzz::check_failure(whole);
    return 0;
}
