// SPDX-License-Identifier: MIT
// A connection that comes back, for the interop tests:
//     reconnecting_client URL [resend]
// It says "subscribe" whenever it is open, and sends each line of standard input. It tells what
// happens to it, a line each:
//     open | took TEXT | got TEXT | outage CODE | lost TEXT | kept TEXT | stopped ERROR
// CODE is 0 when the connection did not end with a Close. The end of standard input stops it.
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <tautline/client/client.hpp>

namespace {

using namespace tautline;

void say(std::string_view word, std::string_view text = "") {
    std::printf("%.*s %.*s\n", static_cast<int>(word.size()), word.data(),
                static_cast<int>(text.size()), text.data());
    std::fflush(stdout);
}

void say_all(std::string_view word, const std::vector<Message>& messages) {
    for (const auto& message : messages) say(word, message.text());
}

Handlers handlers() {
    return {.on_open =
                [](Peer& peer) {
                    say("open");
                    (void)peer.send("subscribe");
                },
            .on_message = [](Peer&, MessageView message) { say("got", message.text()); }};
}

ReconnectHandlers reconnect_handlers() {
    return {.on_outage =
                [](const Outage& outage) {
                    const auto code = outage.close_code.value_or(CloseCode{});
                    say("outage", std::to_string(static_cast<int>(code)));
                },
            .on_lost = [](const auto& messages) { say_all("lost", messages); },
            .on_stopped =
                [](const Error& error, const auto& messages) {
                    say_all("kept", messages);
                    say("stopped", error.message);
                }};
}

}  // namespace

int main(int count, char** words) {
    if (count < 2) return 2;
    Client client;
    ReconnectOptions options;
    options.max_delay = std::chrono::milliseconds(200);
    options.ask_again = std::chrono::hours(1);
    options.resend_unconfirmed = count > 2 && std::string_view(words[2]) == "resend";
    const auto sender =
        client.keep_connected(words[1], handlers(), reconnect_handlers(), std::move(options));
    const std::jthread lines([&] {
        for (std::string line; std::getline(std::cin, line);) {
            client.post([sender, line] {
                if (sender.send(line)) say("took", line);
            });
        }
        client.post([sender] { sender.stop(); });
    });
    client.run();
}
