// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <apps/taut/timeline.hpp>

namespace tautline::test {

using namespace std::chrono_literals;
using eyeballs::AttemptId;
using eyeballs::QueryId;
using taut::Row;
using taut::Timeline;

inline eyeballs::Endpoint endpoint(std::uint8_t number) {
    const IpAddress address(IpAddress::V4{192, 0, 2, number});
    return {.target = IpEndpoint{address, 443}, .protocol = eyeballs::Protocol::http2_or_http1};
}

/// A call that is told to a timeline, with a clock of its own.
struct Told {
    Timeline timeline;
    Instant now{};

    void after(Duration time, const observe::Event& event) {
        now += time;
        timeline.observe(event, {observe::CallId(1), now});
    }
    void step(Duration time, const eyeballs::Output& output) {
        after(time, observe::RaceStep{output});
    }
    [[nodiscard]] const Row& row(std::size_t index) const { return timeline.rows().at(index); }
};

/// One query, an address that is silent, and one that wins over HTTP/2.
struct Race : Told {
    Race() {
        const eyeballs::SendQuery query{QueryId(1), "example.org", eyeballs::RecordType::a, false};
        after(0ms, observe::CallStarted{"wss://example.org/"});
        step(1ms, query);
        const eyeballs::Answer answer = std::vector{IpAddress(IpAddress::V4{192, 0, 2, 1})};
        after(9ms, observe::QueryAnswered{query, answer});
        step(0ms, eyeballs::StartAttempt{AttemptId(1), endpoint(1), {}});
        step(250ms, eyeballs::StartAttempt{AttemptId(2), endpoint(2), {}});
        after(10ms, observe::ConnectEnded{"192.0.2.2:443", {}, AttemptId(2)});
        after(0ms, observe::TlsStarted{"example.org", AttemptId(2)});
        const transport::StreamInfo info{
            .local_address = {}, .peer_address = {}, .tls_version = "TLSv1.3", .alpn = "h2"};
        after(20ms, observe::TlsEnded{&info, nullptr, AttemptId(2)});
        step(5ms, eyeballs::EstablishSession{AttemptId(2), eyeballs::HttpVersion::http2, {}});
        const http::ResponseHead head{.status = 200};
        after(5ms, observe::ResponseReceived{head, AttemptId(2)});
        step(0ms, eyeballs::CancelAttempt{AttemptId(1)});
        step(0ms, eyeballs::Succeeded{AttemptId(2), eyeballs::HttpVersion::http2, endpoint(2)});
        after(0ms, observe::Opened{"chat", true});
    }
};

}  // namespace tautline::test
