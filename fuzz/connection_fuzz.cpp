// SPDX-License-Identifier: MIT
// Any bytes from a peer, in one read and in many: the same events and the same answer; memory stays
// bounded; `Closed` is told exactly once and nothing after it.
//
// Input: a byte for role and options, one for the limit, one for the size of the reads; then bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <tests/support/endpoint.hpp>

#include <tautline/base/assert.hpp>

using namespace tautline;
using namespace tautline::test;

namespace {

constexpr std::size_t kLowWaterBytes = 500;
// Above the mark, all of the largest size: the Pong that crosses it, the one that waits for the
// latest Ping, and a Close.
constexpr std::size_t kMaxOutputBytes = kLowWaterBytes + 3 * 131;

EndpointSetup setup_for(unsigned choice, unsigned limit) {
    EndpointSetup setup;
    setup.role = (choice & 1) != 0 ? Role::client : Role::server;
    setup.options.max_message_bytes = limit * 8;
    setup.options.low_water_bytes = kLowWaterBytes;
    setup.options.deliver_control_frames = (choice & 2) != 0;
    setup.options.delivery = (choice & 4) != 0 ? Delivery::streamed : Delivery::whole;
    if ((choice & 8) != 0) {
        setup.compression = deflate::Parameters{.server_no_context_takeover = (choice & 16) != 0,
                                                .client_no_context_takeover = (choice & 16) != 0};
    }
    return setup;
}

struct Outcome {
    Trace trace;
    std::vector<std::byte> output;
};

// Parts of a message are put together, as far as they came: where they are cut is not promised.
void join_parts(Outcome& outcome, std::string& message, const websocket::Event& event) {
    const auto* part = std::get_if<websocket::PartReceived>(&event);
    if (part == nullptr) return outcome.trace.push_back(describe(event));
    TAUTLINE_ASSERT(part->first == message.empty());
    if (part->first) message = part->type == MessageType::text ? "text " : "binary ";
    message += as_text(part->payload);
    if (part->last) outcome.trace.push_back(std::exchange(message, {}));
}

Outcome run(const EndpointSetup& setup, Bytes bytes, std::size_t read_bytes) {
    Outcome outcome;
    std::string message;
    Endpoint endpoint(setup);
    endpoint.on_event = [&](const websocket::Event& event) {
        TAUTLINE_ASSERT(endpoint.closes.size() <= 1);
        TAUTLINE_ASSERT(endpoint.closes.empty() || std::holds_alternative<Closed>(event));
        join_parts(outcome, message, event);
    };
    endpoint.receive(bytes, read_bytes);
    TAUTLINE_ASSERT(endpoint->buffered_bytes() <= kMaxOutputBytes);
    outcome.output = endpoint.take_output();
    endpoint.receive_end();
    endpoint.advance(1h);
    TAUTLINE_ASSERT(endpoint.closes.size() == 1);
    TAUTLINE_ASSERT(endpoint->ended() && !endpoint->open());
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 3) return 0;
    const EndpointSetup setup = setup_for(data[0], data[1]);
    const Bytes bytes(reinterpret_cast<const std::byte*>(data) + 3, size - 3);
    const Outcome whole = run(setup, bytes, 0);
    const Outcome split = run(setup, bytes, data[2] % 16 + 1);
    TAUTLINE_ASSERT(whole.trace == split.trace);
    TAUTLINE_ASSERT(whole.output == split.output);
    return 0;
}
