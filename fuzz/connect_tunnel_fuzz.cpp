// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <fuzz/tunnel_properties.hpp>

#include <tautline/proto/proxy/connect_tunnel.hpp>

namespace {

using tautline::Bytes;
using tautline::proxy::ConnectTunnel;
using tautline::proxy::Credentials;
using State = ConnectTunnel::State;

struct Run {
    ConnectTunnel tunnel{{"example.org", 443}};
    int requests = 0;

    void take_request() {
        if (!tunnel.take_request().empty()) ++requests;
    }
    // Answers as an application would.
    void answer() {
        while (tunnel.state() == State::asking || tunnel.state() == State::reconnecting) {
            if (tunnel.state() == State::asking) {
                tunnel.give_credentials({"user", std::string(tautline::fuzz::kSecret)});
            } else {
                tunnel.reconnected();
            }
            take_request();
        }
    }
};

// Bytes that come while the machine asks only cost the connection, so where pieces end matters from
// the first 407 on. Until then it must not.
Run run(Bytes bytes, std::size_t piece, bool answers) {
    Run run;
    run.take_request();
    while (!bytes.empty()) {
        const auto count = std::min(piece, bytes.size());
        run.tunnel.receive(bytes.first(count));
        bytes = bytes.subspan(count);
        if (answers) run.answer();
    }
    // A connection that was kept may end once more, on the new one.
    for (int end = 0; end < 2; ++end) {
        run.tunnel.end_stream();
        if (answers) run.answer();
    }
    return run;
}

}  // namespace

// The first byte chooses the size of the pieces.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 1, size - 1);
    Run whole = run(bytes, size, false);
    Run pieces = run(bytes, 1U + data[0], false);
    TAUTLINE_ASSERT(whole.requests == 1 && whole.tunnel.state() != State::reading);
    TAUTLINE_ASSERT(tautline::fuzz::outcome_of(whole.tunnel) ==
                    tautline::fuzz::outcome_of(pieces.tunnel));
    tautline::fuzz::check_failure(whole.tunnel);

    Run answered = run(bytes, 1U + data[0], true);
    // One at first, three with credentials, and each of those once more on a new connection.
    TAUTLINE_ASSERT(answered.requests <= 7);
    TAUTLINE_ASSERT(answered.tunnel.state() != State::asking);
    tautline::fuzz::check_failure(answered.tunnel);
    return 0;
}
