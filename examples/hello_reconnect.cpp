// SPDX-License-Identifier: MIT
// A client whose connection comes back: prints what hello_server echoes, for as long as it runs.
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/client/client.hpp>

namespace {

void report(const tautline::Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
}
void use(std::string_view text) {
    std::printf("%s\n", std::string(text).c_str());
    std::fflush(stdout);
}
void write_down(const std::vector<tautline::Message>& messages) {
    for (const auto& message : messages) {
        std::fprintf(stderr, "lost: %s\n", std::string(message.text()).c_str());
    }
}

}  // namespace

int main() {
    tautline::Client client;
    const auto line =
        client.keep_connected("ws://127.0.0.1:8080/echo",
                              {.on_open = [](auto& peer) { peer.send("subscribe"); },
                               .on_message = [](auto&, auto message) { use(message.text()); }},
                              {.on_outage = [](const auto& outage) { report(outage.error); },
                               .on_lost = [](const auto& messages) { write_down(messages); }});
    line.send("hello");
    client.run();
}
