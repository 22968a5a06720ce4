// SPDX-License-Identifier: MIT
// Whatever a name server says, only what RFC 9460 allows comes out, within its bounds; and how long
// it is valid (RFC 2308) is read from the same bytes.
#include <cstdint>
#include <span>

#include <tautline/base/assert.hpp>
#include <tautline/proto/dns/negative_ttl.hpp>
#include <tautline/proto/dns/service_answer.hpp>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tautline;
    const auto bytes = std::as_bytes(std::span(data, size));
    (void)dns::read_negative_ttl(bytes);
    const auto answer = dns::read_service_answer(bytes, "example.com");
    if (!answer) return 0;
    TAUTLINE_ASSERT(answer->records.size() <= 64);
    TAUTLINE_ASSERT(answer->aliases.empty() || answer->records.empty());
    std::uint16_t last = 1;
    for (const auto& record : answer->records) {
        TAUTLINE_ASSERT(record.priority >= last && !record.alpn.empty());
        TAUTLINE_ASSERT(record.target.size() <= 253 && record.alpn.size() <= 17);
        TAUTLINE_ASSERT(record.ipv4_hints.size() <= 8 && record.ipv6_hints.size() <= 8);
        last = record.priority;
    }
    return 0;
}
