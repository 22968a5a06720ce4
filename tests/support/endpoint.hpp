// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tests/support/describe.hpp>
#include <tests/support/exact_copy.hpp>
#include <tests/support/random.hpp>

#include <tautline/base/bytes.hpp>
#include <tautline/base/time.hpp>
#include <tautline/proto/websocket/engine.hpp>

namespace tautline::test {

using namespace std::chrono_literals;

using Trace = std::vector<std::string>;

/// What an endpoint is made with.
struct EndpointSetup {
    Role role = Role::server;
    ConnectionOptions options{};
    std::optional<deflate::Parameters> compression = std::nullopt;
    const websocket::EngineKind* kind = &websocket::native_engine();
    Instant now{};
};

/// One engine with the driver's part played by the test: bytes go in, events are written down, and
/// output is taken whole.
class Endpoint {
public:
    explicit Endpoint(EndpointSetup setup)
        : role(setup.role),
          now(setup.now),
          options_(std::make_unique<ConnectionOptions>(setup.options)),
          random_(std::make_unique<PredictableRandom>(setup.role == Role::client ? 1 : 2)),
          engine_(setup.kind->make({.role = setup.role,
                                    .options = options_.get(),
                                    .compression = setup.compression,
                                    .random = random_.get(),
                                    .now = setup.now})) {}

    websocket::Engine& engine() { return *engine_; }
    websocket::Engine* operator->() { return engine_.get(); }
    PredictableRandom& random() { return *random_; }

    /// Hands over `bytes` in reads of at most `read_bytes` (0: in one), each in a block of its own
    /// that is gone afterwards.
    void receive(Bytes bytes, std::size_t read_bytes = 0) {
        while (!bytes.empty()) {
            const std::size_t count =
                read_bytes == 0 ? bytes.size() : std::min(read_bytes, bytes.size());
            ExactCopy read(bytes.first(count));
            engine_->receive(read.bytes(), now);
            poll();
            bytes = bytes.subspan(count);
        }
    }

    void receive_end(std::error_code error = {}) {
        engine_->receive_end(error, now);
        poll();
    }

    /// Lets time pass; every timeout that is due on the way is handled at its moment.
    void advance(Duration duration) {
        const Instant end = now + duration;
        for (auto due = engine_->next_timeout(); due && *due <= end;
             due = engine_->next_timeout()) {
            now = std::max(now, *due);
            engine_->handle_timeout(now);
            poll();
        }
        now = end;
    }

    /// Takes down all events that there are.
    void poll() {
        while (const auto event = next_event()) {
            if (const auto* closed = std::get_if<Closed>(&*event)) closes.push_back(*closed);
            trace.push_back(describe(*event));
            if (on_event) on_event(*event);
        }
    }

    /// Takes at most `limit` bytes of what the engine wants to send.
    std::vector<std::byte> take_output(std::size_t limit = static_cast<std::size_t>(-1)) {
        std::vector<std::byte> output;
        for (const Bytes piece : engine_->poll_transmit()) {
            const std::size_t count = std::min(piece.size(), limit - output.size());
            output.insert(output.end(), piece.begin(),
                          piece.begin() + static_cast<std::ptrdiff_t>(count));
        }
        engine_->transmitted(output.size());
        return output;
    }

    std::expected<void, UsageError> send(std::string_view text) {
        const auto sent = engine_->send_message(MessageType::text, as_bytes(text), {});
        if (!sent) return std::unexpected(sent.error());
        return {};
    }
    std::expected<void, UsageError> close(CloseCode code = CloseCode::normal,
                                          std::string_view reason = {}) {
        auto result = engine_->close(code, reason, now);
        poll();
        return result;
    }

    /// The trace so far, which begins anew.
    Trace take_trace() { return std::exchange(trace, {}); }

    Role role;
    Instant now;
    Trace trace;                                            ///< Every event, described.
    std::vector<Closed> closes;                             ///< One at most, in a correct engine.
    std::function<void(const websocket::Event&)> on_event;  ///< May give commands.

private:
    // As the driver asks.
    std::optional<websocket::Event> next_event() {
        if (const auto message = engine_->poll_message()) return *message;
        return engine_->poll_event();
    }

    std::unique_ptr<ConnectionOptions> options_;
    std::unique_ptr<PredictableRandom> random_;
    std::unique_ptr<websocket::Engine> engine_;
};

}  // namespace tautline::test
