// SPDX-License-Identifier: MIT
// The heartbeat of both ends of a connection.
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>
#include <tests/support/session_pair.hpp>
#include <tests/support/slow_way.hpp>

#include <tautline/transport/tcp_stream.hpp>

namespace tautline::session {
namespace {

using namespace std::chrono_literals;

constexpr ConnectionOptions kHeartbeat{.ping_interval = 20s, .pong_timeout = 20s};

// Timers fire when the test says.
void fire(io::Loop& loop, Driver& driver, Instant now) {
    io::TimerNode& timer = driver;
    loop.timers().cancel(timer);
    timer.on_timer(now);
}

struct Beating {
    explicit Beating(std::size_t capacity = 1 << 20) {
        auto streams = transport::make_memory_pair(loop, capacity);
        server = &test::start_session(
            loop, registry, std::move(streams.second),
            {.role = Role::server, .handlers = server_log.handlers(), .options = kHeartbeat});
        client = &test::start_session(
            loop, registry, std::move(streams.first),
            {.role = Role::client, .handlers = client_log.handlers(), .options = kHeartbeat});
        begun = loop.now();
    }
    void deliver() {
        context.restart();
        while (context.poll() > 0) context.restart();
    }
    [[nodiscard]] bool open() const {
        return server_log.closed.empty() && client_log.closed.empty();
    }
    // For so long, in the order in which they fall due. What is heard is heard when the loop says:
    // from there on the one that waits is `behind`. Returns whether it came to the end.
    [[nodiscard]] bool beat(Driver& pausing, Driver& waiting, Duration time) {
        Duration behind{};
        while (pausing.due() < begun + time) {
            if (!pausing.scheduled()) return false;
            const Instant word = pausing.due();
            while (waiting.due() + behind < word) {
                fire(loop, waiting, waiting.due());
                deliver();
                if (!open()) return false;
            }
            fire(loop, pausing, word);
            deliver();
            if (!open()) return false;
            behind = word - loop.now();
        }
        return true;
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    test::Log server_log;
    test::Log client_log;
    Driver* server = nullptr;
    Driver* client = nullptr;
    Instant begun{};
};

TEST(DriverHeartbeat, KeepsAConnectionAliveWhoseApplicationPausesForLong) {
    Beating pair;
    pair.server_log.peer->set_reading(false);

    EXPECT_TRUE(pair.beat(*pair.server, *pair.client, 200s));
    EXPECT_TRUE(pair.open());
}

TEST(DriverHeartbeat, KeepsAConnectionAliveWhoseClientPausesForLong) {
    Beating pair;
    pair.client_log.peer->set_reading(false);

    EXPECT_TRUE(pair.beat(*pair.client, *pair.server, 200s));
    EXPECT_TRUE(pair.open());
}

TEST(DriverHeartbeat, BeginsAnewWhenReadingGoesOn) {
    Beating pair;
    pair.server_log.peer->set_reading(false);

    ASSERT_TRUE(pair.beat(*pair.server, *pair.client, 60s));
    ASSERT_TRUE(pair.open());
    pair.server_log.peer->set_reading(true);
    pair.deliver();
    fire(pair.loop, *pair.server, pair.begun + 60s);
    pair.deliver();

    EXPECT_TRUE(pair.open());
}

TEST(DriverHeartbeat, SetsNoTimerForAPauseWithoutOne) {
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    test::Log log;
    auto streams = transport::make_memory_pair(loop);
    const Driver& driver = test::start_session(
        loop, registry, std::move(streams.first),
        {.handlers = log.handlers(), .options = {.ping_interval = std::nullopt}});

    log.peer->set_reading(false);

    EXPECT_FALSE(driver.scheduled());
}

// A session over TCP, whose peer is the test and takes what it likes.
struct SlowLink {
    SlowLink() {
        asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
        // Its system takes little at a time.
        acceptor.set_option(asio::socket_base::receive_buffer_size(8 * 1024));
        asio::ip::tcp::socket own(context);
        own.connect(acceptor.local_endpoint());
        own.set_option(asio::socket_base::send_buffer_size(64 * 1024));
        acceptor.accept(peer);
        auto owned = transport::TcpStream::adopt(loop, own.release());
        stream = owned.get();
        driver = &test::start_session(loop, registry, std::move(owned),
                                      {.handlers = log.handlers(), .options = kPatient});
        begun = loop.now();
    }
    void fill() {
        const std::string block(100'000, 'x');
        while (log.peer->send(as_bytes(block))) continue;
    }
    // Reads until our system knows of it.
    [[nodiscard]] bool peer_takes_some() {
        const std::size_t before = stream->unconfirmed_bytes() + log.peer->buffered_amount();
        std::vector<char> room(16 * 1024);
        return test::run_until(context, [&] {
            asio::error_code error;
            if (peer.available() > 0) (void)peer.read_some(asio::buffer(room), error);
            return stream->unconfirmed_bytes() + log.peer->buffered_amount() < before;
        });
    }

    static constexpr ConnectionOptions kPatient{.ping_interval = 20s,
                                                .pong_timeout = 20s,
                                                .stall_timeout = Duration::zero(),
                                                .overflow = OverflowPolicy::refuse};

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    test::Log log;
    asio::ip::tcp::socket peer{context};
    transport::TcpStream* stream = nullptr;
    Driver* driver = nullptr;
    Instant begun{};
};

TEST(DriverHeartbeat, WaitsForAPeerThatTakesWhatStandsBeforeThePing) {
    SlowLink link;
    link.fill();
    fire(link.loop, *link.driver, link.begun + 21s);  // a Ping
    for (Instant now = link.begun + 42s; now < link.begun + 100s; now += 21s) {
        ASSERT_TRUE(link.peer_takes_some());
        fire(link.loop, *link.driver, now);
        ASSERT_TRUE(link.log.closed.empty());
    }

    // It takes nothing any more, though the last of it may be known only now.
    while (link.log.closed.empty()) fire(link.loop, *link.driver, link.driver->due());
    EXPECT_EQ(link.log.closed.at(0).error, TransportError::ping_timeout);
}

// A session whose peer confirms what the test says, and answers nothing.
struct Confirming {
    Confirming() {
        auto streams = transport::make_memory_pair(loop);
        auto owned = std::make_unique<test::SlowWay>(std::move(streams.first));
        way = owned.get();
        driver = &test::start_session(loop, registry, std::move(owned),
                                      {.handlers = log.handlers(), .options = kHeartbeat});
        begun = loop.now();
    }
    // Whether it is still open then.
    [[nodiscard]] bool open_at(Duration time) {
        fire(loop, *driver, begun + time);
        return log.closed.empty();
    }
    [[nodiscard]] bool open_at(Duration time, std::uint64_t confirmed, std::size_t unconfirmed) {
        way->confirmed = confirmed;
        way->unconfirmed = unconfirmed;
        return open_at(time);
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    Registry registry;
    test::Log log;
    test::SlowWay* way = nullptr;
    Driver* driver = nullptr;
    Instant begun{};
};

// As of a stream of HTTP/2: others go the same way.
TEST(DriverHeartbeat, WaitsForAPeerThatTakesThoughOthersSendMoreThanThat) {
    Confirming session;

    EXPECT_TRUE(session.open_at(21s, 7'000'000, 1'000'000)) << "a Ping";
    EXPECT_TRUE(session.open_at(42s, 7'500'000, 1'100'000));
    EXPECT_TRUE(session.open_at(63s, 8'000'000, 1'100'000)) << "the last before the Ping";
    EXPECT_FALSE(session.open_at(84s, 8'500'000, 1'100'000)) << "what others sent behind it";
}

// A system confirms bytes that the peer itself never reads.
TEST(DriverHeartbeat, DoesNotTakeTheArrivalOfThePingForItsAnswer) {
    for (const bool sent_before : {false, true}) {
        Confirming session;
        session.way->counts_writes = true;
        const Sender sender = session.log.peer->sender();  // so that progress is looked at
        if (sent_before) (void)session.log.peer->send("hello");
        session.way->unconfirmed = 0;

        EXPECT_TRUE(session.open_at(21s)) << "a Ping";
        EXPECT_GT(session.way->unconfirmed, 0U);
        session.way->unconfirmed = 0;
        EXPECT_FALSE(session.open_at(42s));
        EXPECT_EQ(session.log.closed.at(0).error, TransportError::ping_timeout);
    }
}

}  // namespace
}  // namespace tautline::session
