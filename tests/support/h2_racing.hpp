// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <tests/support/h2_wire.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/scripted_server.hpp>
#include <tests/support/tls_pair.hpp>

#include <tautline/dial/race.hpp>

namespace tautline::test {

// ":status" of the static table of HPACK, with a value of its own.
inline std::string status(const char* code) { return std::string("\x08\x03") + code; }
inline constexpr std::uint8_t kGoAway = 0x7;
inline constexpr std::uint32_t kInternalError = 0x2;
inline constexpr std::uint32_t kRefusedStream = 0x7;
inline constexpr std::uint32_t kHttp11Required = 0xd;

inline std::string ok(std::uint32_t stream) {
    return frame(0x1, kEndHeaders, stream, status("200"));
}
inline std::string reset(std::uint32_t stream, std::uint32_t code) {
    return frame(0x3, 0, stream, big_endian(code, 4));
}

inline std::string go_away(std::uint32_t last, std::uint32_t code = 0) {
    return frame(kGoAway, 0, 0, big_endian(last, 4) + big_endian(code, 4));
}

/// A server of HTTP/2 whose bytes a test chooses, and a client that races to it.
///
/// Answers each request by `answer`, which is told the number of its stream.
struct H2Racing {
    H2Racing()
        : server(
              loop, {asio::ip::address_v4::loopback(), 0}, [this](auto& peer) { play(peer); },
              *transport::TlsServerContext::make(server_options_for({"localhost"}),
                                                 {"h2", "http/1.1"})) {}

    void play(ScriptedServer::Peer& peer) {
        std::string_view bytes = peer.received;
        if (bytes.starts_with("GET") && peer.asked()) return upgrade(peer);
        if (!bytes.starts_with(kPreface)) return;
        if (silent) return;
        const bool news = last.try_emplace(&peer, 0).second;
        if (greeting && news) greeting(peer);
        if (greeting) return;
        const bool leaves = leaving > 0 && news;
        if (leaves) --leaving;
        if (news) {
            peer.say(settings_frame(settings) + frame(0x4, 0x1, 0) + (leaves ? go_away(0) : ""));
        }
        for (const auto& frame : parse_frames(bytes)) {
            if (frame.type != 0x1 || frame.stream <= last[&peer]) continue;
            last[&peer] = frame.stream;
            answer(peer, frame.stream);
        }
    }
    void upgrade(ScriptedServer::Peer& peer) {
        http1_answer.empty() ? peer.accept() : peer.say(http1_answer);
    }
    /// From now on every request gets this status and nothing else.
    void always_says(const char* code) {
        answer = [code](auto& peer, std::uint32_t stream) {
            peer.say(frame(0x1, 0x5, stream, status(code)));
        };
    }
    void open() {
        const auto uri = *http::parse_uri("wss://localhost:" + std::to_string(server.port()) + "/");
        result.reset();
        operation = dial::race(loop,
                               {.uri = uri,
                                .offer = {.uri = uri, .extra_fields = fields},
                                .tls = client_options(),
                                .head_limits = {},
                                .network = network,
                                .observed = {},
                                .give_up_at = loop.now() + patience},
                               [this](auto done) { result = std::move(done); });
    }
    // The version of what was opened, or why nothing was.
    [[nodiscard]] std::string version() {
        open();
        if (!run_until(context, [this] { return result.has_value(); })) return "nothing";
        return *result ? (*result)->stream->info().alpn : (*result).error().to_string();
    }
    [[nodiscard]] int status_of_refusal() {
        open();
        if (!run_until(context, [this] { return result.has_value(); })) return -1;
        if (*result) return 200;
        EXPECT_TRUE(result->error().refusal) << result->error().to_string();
        return result->error().refusal ? result->error().refusal->status : 0;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    eyeballs::NetworkConfig network{.http_versions = {.http3 = false},
                                    .ip = eyeballs::IpMode::v4_only};
    std::function<void(ScriptedServer::Peer&, std::uint32_t)> answer;
    std::string http1_answer;  // instead of 101
    bool silent = false;
    Duration patience = std::chrono::seconds(20);
    http::FieldList fields;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> settings{{0x8, 1}};
    std::function<void(ScriptedServer::Peer&)> greeting;        // instead of all that
    std::map<const ScriptedServer::Peer*, std::uint32_t> last;  // request of each
    int leaving = 0;                                            // So many go away at once.
    ScriptedServer server;
    std::unique_ptr<dial::Operation> operation;
    std::optional<std::expected<dial::Upgraded, Error>> result;
};

inline std::string refusal(std::uint32_t stream) {
    return frame(0x1, kEndHeaders, stream, status("403")) +
           frame(0x0, kEndStream, stream, "no entry");
}

}  // namespace tautline::test
