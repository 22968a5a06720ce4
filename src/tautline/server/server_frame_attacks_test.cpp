// SPDX-License-Identifier: MIT
// Attacks on open connections of a real server. Before and after the end of each of them, other
// connections of the same loop must still be served.
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/frame_attacks.hpp>
#include <tests/support/running_server.hpp>

namespace tautline {
namespace {

using test::Bystander;
using test::Deflate;
using test::FrameAttack;
using test::RawClient;

// Two bystanders, and the ends of those that were attacked, each with how often it was told.
struct AttackedServer {
    AttackedServer() {
        const Handlers handlers{.on_message = test::answer_attack,
                                .on_closed = [this](Peer& peer, const Closed& closed) {
                                    const std::scoped_lock lock(mutex);
                                    EXPECT_EQ(++peer.data<int>(), 1);
                                    codes.push_back(static_cast<int>(closed.code));
                                }};
        auto& server = running.server;
        server.websocket("/beside", {.on_message = test::answer_attack},
                         {.connection = test::attacked_options()});
        server.websocket("/", handlers, {.connection = test::attacked_options()});
        server.websocket("/in-haste", handlers, {.connection = test::attacked_options(true)});
        port = running.start();
        for (const Deflate deflate : {Deflate::own_window, Deflate::shared}) {
            others.emplace_back(open("/beside", deflate), Role::client, deflate);
        }
    }
    [[nodiscard]] RawClient open(std::string_view path, Deflate deflate) const {
        RawClient raw(port);
        const std::string offer = "Sec-WebSocket-Extensions: permessage-deflate";
        raw.send(test::upgrade_request(path, deflate == Deflate::none ? ""
                                             : deflate == Deflate::shared
                                                 ? offer + "; client_no_context_takeover\r\n"
                                                 : offer + "\r\n"));
        EXPECT_THAT(raw.read_head(), testing::StartsWith("HTTP/1.1 101 "));
        return raw;
    }
    void lives() {
        for (auto& other : others) other.lives();
    }

    std::mutex mutex;
    std::vector<int> codes;
    test::RunningServer running;
    std::uint16_t port = 0;
    std::vector<Bystander> others;
};

struct ServerFrameAttacks : test::FrameAttackTest {};

INSTANTIATE_TEST_SUITE_P(Frames, ServerFrameAttacks, test::each_way(test::malformed_frames()),
                         test::name_of);
INSTANTIATE_TEST_SUITE_P(Waste, ServerFrameAttacks, test::each_way(test::wasteful_frames()),
                         test::name_of);

TEST_P(ServerFrameAttacks, LeaveTheOthersAlone) {
    const auto& [attack, in_bytes] = GetParam();
    AttackedServer server;
    RawClient raw = server.open(attack.in_haste ? "/in-haste" : "/", attack.deflate);

    test::play(attack, in_bytes, raw, Role::client, server.others);

    raw.close();
    server.running.stop(Duration::zero());
    EXPECT_EQ(server.codes, std::vector(1, attack.code == 0 ? 1000 : attack.code));
}

TEST(ServerFrameAttack, L13_PeersThatLeaveAtEveryByteOfAFrameLeaveTheOthersAlone) {
    AttackedServer server;
    const auto bytes = test::frame(Role::client, 0x82, "some bytes");
    for (std::size_t stop = 0; stop < bytes.size(); ++stop) {
        RawClient raw = server.open("/", Deflate::none);
        raw.send(as_text(Bytes(bytes).first(stop)));
        const linger at_once{.l_onoff = static_cast<int>(stop % 2), .l_linger = 0};
        ::setsockopt(raw.descriptor(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        raw.close();
        server.lives();
    }

    server.running.stop(Duration::zero());
    EXPECT_EQ(server.codes, std::vector(bytes.size(), 1006));
}

TEST(ServerFrameAttack, L16_ManyDeadlinesAtOnceLeaveTheOthersAlone) {
    AttackedServer server;
    std::vector<RawClient> many;
    for (int i = 0; i < 200; ++i) {
        many.push_back(server.open("/in-haste", Deflate::none));
        many.back().send("\x82");
    }
    server.lives();
    for (auto& raw : many) {
        EXPECT_THAT(raw.read_all(), testing::HasSubstr("message timeout"));
        server.lives();
    }

    many.clear();
    server.running.stop(Duration::zero());
    EXPECT_EQ(server.codes, std::vector(200, 1008));
}

}  // namespace
}  // namespace tautline
