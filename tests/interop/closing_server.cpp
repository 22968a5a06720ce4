// SPDX-License-Identifier: MIT
// A server that closes with any code, for the interop tests:
//     closing_server auto|1.1 [CERTIFICATE KEY]
// /close/{code} is closed as soon as it is open, /echo/{code} behind the echo of its first message;
// at / every message is echoed, and the peer closes; at /parts it is echoed in two parts with a
// Ping between, and the line "pong between" comes for each answer to those. The first line of
// standard output says where it listens; then comes a line for every WebSocket that has ended:
//     GET|CONNECT us|peer OWN_CODE CODE clean|unclean ERROR REASON
#include <csignal>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <tautline/server/server.hpp>

namespace {

using namespace tautline;

constexpr std::string_view kReason = "bye é";

void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

void close_as_asked(Peer& peer) {
    const auto code = std::stoi(std::string(peer.parameter("code")));
    if (const auto begun = peer.close(static_cast<CloseCode>(code), kReason); begun) return;
    say("refused " + std::to_string(code));
    (void)peer.close(CloseCode::internal_error);
}

void tell_end(Peer& peer, const Closed& closed) {
    const auto number = [](CloseCode code) { return std::to_string(static_cast<int>(code)) + " "; };
    say(peer.info().request.method + (closed.by_peer ? " peer " : " us ") +
        number(closed.own_code) + number(closed.code) + (closed.clean ? "clean " : "unclean ") +
        (closed.error ? std::string(name_for(closed.error)) : "-") + " " + closed.reason);
}

void echo_in_parts(Peer& peer, MessageView message) {
    const std::size_t half = message.bytes.size() / 2;
    (void)peer.send_part(message.type, message.bytes.first(half), false);
    (void)peer.ping(as_bytes("between"));
    (void)peer.send_part(message.type, message.bytes.subspan(half), true);
}

void add_routes(Server& server) {
    const auto echo = [](Peer& peer, MessageView message) { (void)peer.send(message); };
    const auto echo_and_close = [](Peer& peer, MessageView message) {
        (void)peer.send(message);
        close_as_asked(peer);
    };
    server.websocket("/", {.on_message = echo, .on_closed = tell_end});
    server.websocket("/parts", {.on_message = echo_in_parts,
                                .on_pong =
                                    [](Peer&, Bytes payload, std::optional<Duration>) {
                                        say("pong " + std::string(as_text(payload)));
                                    },
                                .on_closed = tell_end});
    server.websocket("/close/{code}", {.on_open = close_as_asked, .on_closed = tell_end});
    server.websocket("/echo/{code}", {.on_message = echo_and_close, .on_closed = tell_end});
    // Where the page of a browser comes from.
    server.get("/health", [](const Request&) { return Response::text("ok\n"); });
}

}  // namespace

int main(int count, char** words) {
    if (count != 2 && count != 4) return 2;
    ServerOptions options;
    if (std::string_view(words[1]) == "1.1") options.http2.reset();
    ListenOptions where;
    if (count == 4)
        where.tls.emplace(TlsServerOptions{.certificate_file = words[2], .key_file = words[3]});
    // Before any thread is started: they inherit which signals are blocked.
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ending, nullptr);
    Server server(options);
    add_routes(server);
    const auto endpoint = server.listen(where);
    if (!endpoint) return 1;
    say("listening on " + endpoint->url());
    const std::jthread stopper([&] {
        int signal = 0;
        sigwait(&ending, &signal);
        server.stop();
    });
    server.run();
}
