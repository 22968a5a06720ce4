// SPDX-License-Identifier: MIT
// A client in callbacks: says hello to hello_server, prints what comes back, and leaves.
#include <cstdio>
#include <string>

#include <tautline/client/client.hpp>

int main() {
    tautline::Client client;
    client.connect("ws://127.0.0.1:8080/echo",
                   {.on_open = [](auto& peer) { peer.send("hello"); },
                    .on_message =
                        [](auto& peer, auto message) {
                            std::printf("%s\n", std::string(message.text()).c_str());
                            peer.close();
                        }},
                   {}, [](const auto& error) { std::puts(error.to_string().c_str()); });
    client.run();
}
