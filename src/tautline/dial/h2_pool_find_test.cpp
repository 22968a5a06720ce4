// SPDX-License-Identifier: MIT
#include <memory>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/h2_pair.hpp>
#include <tests/support/h2_wire.hpp>
#include <tests/support/run_until.hpp>

#include <tautline/dial/h2_pool.hpp>
#include <tautline/io/loop_part.hpp>

// Which connections the pool has for a WebSocket, by a server that the test plays.

namespace tautline::dial {
namespace {

// A connection with an open stream whose server says what the test says.
struct Known {
    explicit Known(const std::string& settings) {
        auto [near, far] = transport::make_memory_pair(loop);
        server = std::move(far);
        server->set_handler(&told);
        client = std::make_shared<H2Client>(loop, std::move(near), http::HeadLimits());
        says(settings);
        EXPECT_TRUE(client->connection().open(test::get_request(), [](auto) {}));
        pool.add(origin, client);
        test::run_ready(context);
    }
    void says(const std::string& bytes) {
        (void)test::write_text(*server, bytes);
        test::run_ready(context);
    }
    [[nodiscard]] bool is_found() { return pool.find(origin) == client; }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    H2Pool& pool = io::part_of<H2Pool>(loop);
    const H2Pool::Origin origin{.host = "example.org", .port = 443, .tls = {}};
    test::StreamRecorder told;
    std::unique_ptr<transport::ByteStream> server;
    std::shared_ptr<H2Client> client;
};

const std::string kTakesWebSockets = test::settings_frame({{0x8, 1}});

TEST(H2Pool, FindsAConnectionThatTakesWebSockets) {
    EXPECT_TRUE(Known(kTakesWebSockets).is_found());
}

TEST(H2Pool, FindsNoConnectionThatTakesNoWebSockets) {
    for (const auto& settings : {std::string(), test::settings_frame({{0x8, 0}})}) {
        EXPECT_FALSE(Known(settings).is_found());
    }
}

TEST(H2Pool, FindsNoConnectionWithAsManyStreamsAsItMayHave) {
    EXPECT_FALSE(Known(test::settings_frame({{0x8, 1}, {0x3, 1}})).is_found());
    EXPECT_TRUE(Known(test::settings_frame({{0x8, 1}, {0x3, 2}})).is_found());
}

// The GOAWAY counts the stream that is open: the connection lives on.
TEST(H2Pool, FindsNoConnectionWhoseServerGoesAway) {
    Known known(kTakesWebSockets);

    known.says(test::frame(0x7, 0, 0, test::big_endian(1, 4) + test::big_endian(0, 4)));

    EXPECT_FALSE(known.is_found());
    EXPECT_EQ(known.client->connection().stream_count(), 1U);
}

TEST(H2Pool, FindsNoConnectionThatWasGivenUp) {
    Known known(kTakesWebSockets);

    known.client->abandon();

    EXPECT_FALSE(known.is_found());
    EXPECT_EQ(known.client->connection().stream_count(), 1U);
}

TEST(H2Pool, FindsNoConnectionThatIsLost) {
    Known known(kTakesWebSockets);

    known.server->close();
    test::run_ready(known.context);

    EXPECT_FALSE(known.is_found());
}

}  // namespace
}  // namespace tautline::dial
