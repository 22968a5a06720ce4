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

}  // namespace

int main() {
    auto ws = tautline::blocking::connect("ws://127.0.0.1:8080/echo").value();
    ws.send("hello");
    for (const auto& message : ws.messages()) {
        use(message.text());
    }
}
