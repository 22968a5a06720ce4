// SPDX-License-Identifier: MIT
// WebSockets over TLS, all on one HTTP/2 connection or each on a connection of its own, that echo
// as fast as they can: what a message costs the server. bench/kinds.py calls it.
//
//     carriers PORT SERVER_PID h1|h2 WEBSOCKETS IN_FLIGHT BYTES WARM_UP SECONDS CA
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/client/client.hpp>

#include "bench/load/process.hpp"

namespace {

struct Load {
    int pid = 0;
    bool http2 = false;
    unsigned websockets = 0;
    unsigned in_flight = 0;
    std::vector<std::byte> message;
    double warm_up = 0;
    double seconds = 0;
    std::string ca_file;

    std::string url;
    tautline::Client client;
    std::vector<tautline::Peer*> peers;
    std::uint64_t replies = 0;
    std::uint64_t window_begin = 0;
    double server_cpu = 0;

    void open() {
        tautline::ClientOptions options;
        options.tls.unsafe_skip_verification = true;
        options.tls.ca_file = ca_file;  // Those of the system take long to load.
        options.connection.compression.reset();
        options.handshake_timeout = std::chrono::minutes(5);
        options.network.http_versions = {.http1 = !http2, .http2 = http2, .http3 = false};
        const tautline::Handlers handlers{
            .on_open = [this](auto& peer) { opened(peer); },
            .on_message = [this](auto& peer, auto got) { received(peer, got.bytes.size()); },
            .on_closed = [](auto&, const auto&) { fail("closed"); }};
        client.connect(url, handlers, options,
                       [](const auto& error) { fail(error.to_string().c_str()); });
    }

    // One after the other: those behind the first find its connection open.
    void opened(tautline::Peer& peer) {
        peers.push_back(&peer);
        if (peers.size() < websockets) return open();
        for (tautline::Peer* each : peers) {
            for (unsigned i = 0; i < in_flight; ++i) (void)each->send(tautline::Bytes(message));
        }
        window_begin = bench::now() + static_cast<std::uint64_t>(warm_up * 1e9);
    }

    void received(tautline::Peer& peer, std::size_t size) {
        if (size != message.size()) fail("another message came back");
        const std::uint64_t time = bench::now();
        if (window_begin != 0 && time >= window_begin) count(time);
        if (!peer.send(tautline::Bytes(message))) fail("the queue is full");
    }

    void count(std::uint64_t time) {
        if (replies++ == 0) {
            window_begin = time;
            server_cpu = bench::cpu_of(pid);
        }
        const double wall = static_cast<double>(time - window_begin) * 1e-9;
        if (wall < seconds) return;
        const double cpu = bench::cpu_of(pid) - server_cpu;
        const auto messages = static_cast<double>(replies);
        std::printf("{\"cpu_us\": %.4f, \"per_second\": %.1f}\n", cpu * 1e6 / messages,
                    messages / wall);
        std::fflush(stdout);
        std::_Exit(0);
    }

    [[noreturn]] static void fail(const char* what) {
        std::fprintf(stderr, "carriers: %s\n", what);
        std::_Exit(1);
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 10) return 2;
    Load load;
    load.url = std::string("wss://127.0.0.1:") + argv[1] + "/";
    load.pid = std::atoi(argv[2]);
    load.http2 = std::string_view(argv[3]) == "h2";
    load.websockets = static_cast<unsigned>(std::stoul(argv[4]));
    load.in_flight = static_cast<unsigned>(std::stoul(argv[5]));
    load.message.resize(std::stoul(argv[6]));
    load.warm_up = std::stod(argv[7]);
    load.seconds = std::stod(argv[8]);
    load.ca_file = argv[9];
    load.open();
    load.client.run();
    return 1;
}
