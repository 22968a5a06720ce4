// SPDX-License-Identifier: MIT
// A client that waits for every call: says hello to hello_server and prints what comes back.
#include <cstdio>
#include <string>
#include <string_view>

#include <tautline/blocking/web_socket.hpp>

namespace {

void use(std::string_view text) {
    std::printf("%s\n", std::string(text).c_str());
    std::fflush(stdout);
}

int report(const tautline::Error& error) {
    std::fprintf(stderr, "%s\n", error.to_string().c_str());
    return 1;
}

}  // namespace

int main() {
    auto ws = tautline::blocking::connect("ws://127.0.0.1:8080/echo");
    if (!ws) return report(ws.error());
    ws->send("hello");
    for (const auto& message : ws->messages()) {
        use(message.text());
    }
}
