// SPDX-License-Identifier: MIT
// Any bytes from an HTTP/2 peer, to both roles, in one read and in many: the same events, as far as
// the connection goes; what is held stays within its bounds; the connection ends once and tells
// nothing after it.
//
// Input: a byte for role and options, one for the size of the reads; then bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <tests/support/h2_wire.hpp>

#include <tautline/base/assert.hpp>

using namespace tautline;
using namespace tautline::test;

namespace {

constexpr std::size_t kMaxOutputBytes = 1000;
constexpr std::size_t kFrameBytes = 9 + 16 * 1024;

const h2::Options kOptions = {.max_concurrent_streams = 8,
                              .stream_window_bytes = 100,
                              .connection_window_bytes = 70'000,
                              .max_unread_bytes = 500,
                              .max_output_bytes = kMaxOutputBytes,
                              .reset_burst = 10,
                              .glitch_burst = 50};

const h2::Request kRequest = {.head = {.method = "CONNECT", .target = "/"},
                              .protocol = "websocket",
                              .scheme = "https",
                              .authority = "a"};

// Two WebSockets are open, or about to be.
void greet(H2Endpoint& endpoint, h2::Role role) {
    if (role == h2::Role::server) {
        endpoint.receive(std::string(kPreface) + settings_frame({}));
        for (const std::uint32_t id : {1U, 3U}) {
            endpoint.receive(headers_frame(id, websocket_fields()));
        }
        TAUTLINE_ASSERT(endpoint.connection.send_response(h2::StreamId(1), {}, false));
    } else {
        endpoint.receive(settings_frame({{0x8, 1}}));
        for (int i = 0; i < 2; ++i) TAUTLINE_ASSERT(endpoint.connection.send_request(kRequest));
    }
    (void)endpoint.send();
    endpoint.trace.clear();
}

void check(const H2Endpoint& endpoint) {
    const auto over = [](const std::string& line) { return line.starts_with("over"); };
    const auto first = std::ranges::find_if(endpoint.trace, over);
    TAUTLINE_ASSERT(first == endpoint.trace.end() || first + 1 == endpoint.trace.end());
}

// Writes, waits for room, ends and resets while the peer speaks.
void use(H2Endpoint& endpoint) {
    (void)endpoint.write(h2::StreamId(1), std::string(300, 'x'));
    while (const auto id = endpoint.connection.poll_writable()) {
        (void)endpoint.write(*id, std::string(300, 'y'));
    }
    TAUTLINE_ASSERT(endpoint.connection.output().size() <= kMaxOutputBytes + kFrameBytes);
    endpoint.connection.finish(h2::StreamId(3));
    endpoint.connection.consume(h2::StreamId(5), 0);
}

// The trace as text, without its end: a read may bring events of what the peer sent after that.
std::string run(unsigned choice, std::string_view bytes, std::size_t read_bytes, bool used) {
    const auto role = (choice & 1) != 0 ? h2::Role::client : h2::Role::server;
    H2Endpoint endpoint(role, kOptions);
    endpoint.consumes = (choice & 2) != 0;
    if ((choice & 4) == 0) greet(endpoint, role);
    while (!bytes.empty()) {
        const std::size_t count = std::min(bytes.size(), read_bytes);
        endpoint.receive(bytes.substr(0, count));
        bytes.remove_prefix(count);
        if (used) use(endpoint);
        if (used && (choice & 8) != 0) (void)endpoint.send();
    }
    endpoint.connection.go_away();
    (void)endpoint.send();
    endpoint.poll();
    check(endpoint);
    std::string text;
    for (const std::string& line : endpoint.trace) {
        if (!line.starts_with("over")) text += (text.empty() ? "" : "\n") + line;
    }
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 16 * 1024) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
    const std::size_t read_bytes = data[1] % 32 + std::size_t{1};
    const std::string whole = run(data[0], bytes, bytes.size() + 1, false);
    TAUTLINE_ASSERT(whole.starts_with(run(data[0], bytes, read_bytes, false)));
    (void)run(data[0], bytes, read_bytes, true);
    return 0;
}
