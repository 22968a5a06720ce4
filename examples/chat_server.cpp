// SPDX-License-Identifier: MIT
// A chat with rooms, at /rooms/ROOM?name=NAME: chat_server [port [CERTIFICATE KEY]]
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_set>

#include <tautline/server/server.hpp>

namespace {

struct Guest {
    std::string name, room;
};

// Who is where. Under the lock, so that all hear two speakers in the same order. Threads: any.
class House {
public:
    void enter(tautline::Peer& peer) {
        const std::scoped_lock lock(mutex_);
        rooms_[peer.data<Guest>().room].insert(peer.sender());
    }
    void say(tautline::Peer& peer, tautline::MessageView message) {
        const std::scoped_lock lock(mutex_);
        const auto& guest = peer.data<Guest>();
        const std::string text = guest.name + ": " + std::string(message.text());
        const tautline::Sender speaker = peer.sender();
        for (const auto& listener : rooms_[guest.room]) {
            // A guest who does not read is not waited for: the connection is closed with 1008.
            if (listener != speaker) (void)listener.send(text);
        }
    }
    void leave(tautline::Peer& peer) {
        const std::scoped_lock lock(mutex_);
        const std::string& room = peer.data<Guest>().room;
        rooms_[room].erase(peer.sender());
        if (rooms_[room].empty()) rooms_.erase(room);
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::unordered_set<tautline::Sender>> rooms_;
};

void let_in(tautline::UpgradeRequest request) {
    const std::string_view query = request.request().query();
    if (!query.starts_with("name=")) return request.reject(400, {}, "Who are you? ?name=NAME\n");
    request.data<Guest>() = {std::string(query.substr(5)), std::string(request.parameter("room"))};
    request.accept();
}

}  // namespace

int main(int argc, char** argv) {
    // All threads inherit it: one waits for these signals, for no signal handler may call `stop`.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    House house;
    tautline::Server server;
    server.websocket("/rooms/{room}",
                     {.on_open = [&](auto& peer) { house.enter(peer); },
                      .on_message = [&](auto& peer, auto message) { house.say(peer, message); },
                      .on_closed = [&](auto& peer, const auto&) { house.leave(peer); }},
                     {.subprotocols = {"chat"},
                      .on_upgrade = let_in,
                      .connection = {.ping_interval = std::chrono::seconds(15),
                                     .pong_timeout = std::chrono::seconds(10),
                                     .compression = tautline::deflate::Options{}}});

    tautline::ListenOptions where{.port = 8080};
    if (argc > 1) where.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
    if (argc > 3) where.tls = {.certificate_file = argv[2], .key_file = argv[3]};
    const auto endpoint = server.listen(where);
    if (!endpoint) return std::fprintf(stderr, "%s\n", endpoint.error().to_string().c_str()), 1;
    std::printf("listening on %s\n", endpoint->url().c_str());
    std::fflush(stdout);

    std::jthread stopper([&] {
        int signal = 0;
        sigwait(&signals, &signal);
        server.stop();
    });
    server.run();
}
