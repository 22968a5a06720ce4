// SPDX-License-Identifier: MIT
// The client as a sender: 1 KiB messages as fast as they go, to bench/sink.cpp.
//
//     tautline_sender PORT SECONDS BYTES
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <tautline/client/client.hpp>

#include "bench/support/sender_report.hpp"

namespace {

struct Sending {
    std::vector<std::byte> message;
    bench::SenderReport report;
    bool done = false;

    void fill(tautline::Peer& peer) {
        while (!done) {
            const auto sent = peer.send(tautline::Bytes(message));
            if (!sent) return;
            done = !report.count();
            if (*sent == tautline::Sent::queued) break;
        }
        if (!done) return;
        report.print();
        std::fflush(stdout);
        std::_Exit(0);
    }
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    Sending sending{.message = std::vector<std::byte>(std::stoul(argv[3]), std::byte{'x'}),
                    .report = bench::SenderReport(std::stod(argv[2]))};
    tautline::Client client;
    client.connect(std::string("ws://127.0.0.1:") + argv[1] + "/",
                   {.on_open = [&](auto& peer) { sending.fill(peer); },
                    .on_drain = [&](auto& peer) { sending.fill(peer); }},
                   {}, [](const auto& error) { std::puts(error.to_string().c_str()); });
    client.run();
    return 1;
}
