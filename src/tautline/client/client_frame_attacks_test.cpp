// SPDX-License-Identifier: MIT
// Attacks of servers on open connections of a real client. Before and after the end of each of
// them, other connections of the same loop must still work.
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/frame_attacks.hpp>
#include <tests/support/listener.hpp>

#include <tautline/client/client.hpp>
#include <tautline/proto/websocket/handshake_key.hpp>

namespace tautline {
namespace {

using test::Bystander;
using test::Deflate;
using test::FrameAttack;
using test::RawClient;

std::string field_of(Deflate deflate) {
    if (deflate == Deflate::none) return "";
    const std::string field = "Sec-WebSocket-Extensions: permessage-deflate";
    return field + (deflate == Deflate::shared ? "; server_no_context_takeover\r\n" : "\r\n");
}

// A client with three connections to the test: two bystanders, and one that is attacked.
struct AttackedClient {
    explicit AttackedClient(const FrameAttack& attack) {
        const auto port = listener.endpoint().port;
        for (const char* path : {"/own", "/shared", "/attacked"}) {
            ClientOptions options;
            options.connection = test::attacked_options(attack.in_haste && path[1] == 'a');
            client.connect("ws://127.0.0.1:" + std::to_string(port) + path,
                           {.on_message = test::answer_attack,
                            .on_closed =
                                [this, path](Peer&, const Closed& closed) {
                                    codes[path].push_back(static_cast<int>(closed.code));
                                }},
                           options, [](const Error& error) { ADD_FAILURE() << error.to_string(); });
        }
        thread = std::jthread([this] { client.run(); });
        std::map<std::string, RawClient> raws;
        for (int i = 0; i < 3; ++i) accept(raws, attack.deflate);
        others.emplace_back(std::move(raws.at("/own")), Role::server, Deflate::own_window);
        others.emplace_back(std::move(raws.at("/shared")), Role::server, Deflate::shared);
        attacked.push_back(std::move(raws.at("/attacked")));
    }
    void accept(std::map<std::string, RawClient>& raws, Deflate deflate) {
        RawClient raw = RawClient::adopt(listener.accept().release());
        const std::string head = raw.read_head();
        const std::string path = head.substr(4, head.find(' ', 4) - 4);
        const std::string_view mark = "Sec-WebSocket-Key: ";
        const auto key = head.substr(head.find(mark) + mark.size(), 24);
        raw.send(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Accept: " +
            websocket::handshake_accept_for(key) + "\r\n" +
            field_of(path == "/own"      ? Deflate::own_window
                     : path == "/shared" ? Deflate::shared
                                         : deflate) +
            "\r\n");
        raws.emplace(path, std::move(raw));
    }
    // Ends all of them, and waits for the client to have said so.
    void end() {
        others.clear();
        attacked.clear();
        thread.join();
    }

    test::SilentListener listener;
    Client client;
    std::map<std::string, std::vector<int>> codes;  // Of the ends that were told.
    std::vector<Bystander> others;
    std::vector<RawClient> attacked;
    std::jthread thread;
};

struct ClientFrameAttacks : test::FrameAttackTest {};

INSTANTIATE_TEST_SUITE_P(Frames, ClientFrameAttacks, test::each_way(test::malformed_frames()),
                         test::name_of);
INSTANTIATE_TEST_SUITE_P(Waste, ClientFrameAttacks, test::each_way(test::wasteful_frames()),
                         test::name_of);

TEST_P(ClientFrameAttacks, LeaveTheOthersAlone) {
    const auto& [attack, in_bytes] = GetParam();
    AttackedClient client(attack);

    test::play(attack, in_bytes, client.attacked.front(), Role::server, client.others);

    client.end();
    EXPECT_EQ(client.codes["/attacked"], std::vector(1, attack.code == 0 ? 1000 : attack.code));
    EXPECT_EQ(client.codes["/own"], std::vector(1, 1006));
    EXPECT_EQ(client.codes["/shared"], std::vector(1, 1006));
}

}  // namespace
}  // namespace tautline
