// SPDX-License-Identifier: MIT
#include <tautline/io/readiness_set.hpp>

#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/run_until.hpp>
#include <unistd.h>

#include <tautline/io/clock.hpp>

namespace tautline::io {
namespace {

using test::run_ready;

// One end of a socket pair in the set; the other end is the test's.
struct Socket final : ReadyNode {
    explicit Socket(ReadinessSet& set) {
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()),
                  0);
        set.add(*this, ends[0]);
    }
    ~Socket() override {
        leave_set();
        for (const int end : ends) {
            if (end >= 0) ::close(end);
        }
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    void on_readable() override {
        ++readable;
        if (then) then();
    }
    void on_writable() override {
        ++writable;
        if (then) then();
    }
    void on_unwatchable(std::error_code error) override { unwatchable = error; }

    void make_readable() const { EXPECT_EQ(::write(ends[1], "x", 1), 1); }
    void read_one() const {
        char byte = 0;
        EXPECT_EQ(::read(ends[0], &byte, 1), 1);
    }
    void hang_up() {
        ::close(ends[1]);
        ends[1] = -1;
    }

    std::array<int, 2> ends{};
    int readable = 0;
    int writable = 0;
    std::error_code unwatchable;
    std::function<void()> then;
};

struct ReadinessSetTest : testing::Test {
    // One turn: one wait of Asio, one batch.
    void turn() {
        context.restart();
        context.run_one();
    }
    asio::io_context context;
    ReadinessSet set{context};
};

TEST_F(ReadinessSetTest, TellsThatADescriptorIsReadable) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.make_readable();

    turn();

    EXPECT_EQ(socket.readable, 1);
    EXPECT_EQ(socket.writable, 0);
}

TEST_F(ReadinessSetTest, TellsAgainAsLongAsItStaysReadable) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.make_readable();

    turn();
    turn();
    socket.read_one();
    run_ready(context);

    EXPECT_EQ(socket.readable, 2);
}

TEST_F(ReadinessSetTest, TellsThatADescriptorIsWritable) {
    Socket socket(set);
    socket.set_interest({.writable = true});

    turn();

    EXPECT_EQ(socket.writable, 1);
    EXPECT_EQ(socket.readable, 0);
}

TEST_F(ReadinessSetTest, TellsBothDirectionsOnceATurn) {
    Socket socket(set);
    socket.set_interest({.readable = true, .writable = true});
    socket.make_readable();

    turn();

    EXPECT_EQ(socket.readable, 1);
    EXPECT_EQ(socket.writable, 1);
}

TEST_F(ReadinessSetTest, TellsNothingWithoutInterest) {
    Socket socket(set);
    socket.make_readable();
    socket.hang_up();

    run_ready(context);

    EXPECT_EQ(socket.readable, 0);
    EXPECT_EQ(socket.writable, 0);
}

TEST_F(ReadinessSetTest, TellsNothingMoreWhenInterestEnds) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.make_readable();
    turn();

    socket.set_interest({});
    run_ready(context);

    EXPECT_EQ(socket.readable, 1);
}

// Nobody asks the system which one it is: what is taken to be alone has to be.
TEST_F(ReadinessSetTest, TellsTheOneThatIsLeftAlone) {
    auto first = std::make_unique<Socket>(set);
    Socket second(set);
    Socket third(set);
    for (Socket* socket : {first.get(), &second, &third}) {
        socket->set_interest({.readable = true});
    }
    third.set_interest({});
    first.reset();
    second.then = [&second] { second.read_one(); };
    second.make_readable();
    third.make_readable();

    run_ready(context);
    context.restart();

    EXPECT_EQ(second.readable, 1);
    EXPECT_EQ(third.readable, 0);
    EXPECT_EQ(context.poll(), 0U);
}

TEST_F(ReadinessSetTest, DoesNotSpinOnAHangUpWithoutInterest) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.set_interest({});
    socket.hang_up();
    context.poll();

    for (int i = 0; i < 3; ++i) {
        context.restart();
        EXPECT_EQ(context.poll(), 0U);
    }
}

TEST_F(ReadinessSetTest, TellsOfAHangUpAsReadable) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.hang_up();

    turn();

    EXPECT_EQ(socket.readable, 1);
}

TEST_F(ReadinessSetTest, TellsOfAHangUpAsWritableWhenOnlyThatIsOfInterest) {
    Socket socket(set);
    socket.set_interest({.writable = true});
    socket.hang_up();

    turn();

    EXPECT_EQ(socket.readable, 0);
    EXPECT_EQ(socket.writable, 1);
}

TEST_F(ReadinessSetTest, LetsAHandlerRemoveItsOwnDescriptor) {
    auto socket = std::make_unique<Socket>(set);
    socket->set_interest({.readable = true, .writable = true});
    socket->make_readable();
    socket->then = [&socket] { socket.reset(); };

    turn();
    context.restart();

    EXPECT_EQ(socket, nullptr);
    context.run();
}

TEST_F(ReadinessSetTest, DropsTheEventsOfADescriptorThatIsRemovedInTheSameBatch) {
    auto first = std::make_unique<Socket>(set);
    auto second = std::make_unique<Socket>(set);
    int told = 0;
    first->then = [&] { ++told, second.reset(); };
    second->then = [&] { ++told, first.reset(); };
    for (const auto* socket : {first.get(), second.get()}) socket->make_readable();
    first->set_interest({.readable = true});
    second->set_interest({.readable = true});

    turn();

    EXPECT_EQ(told, 1);
}

TEST_F(ReadinessSetTest, DoesNotTellTheNextOneInAPlaceOfTheEventsOfTheLast) {
    auto first = std::make_unique<Socket>(set);
    auto second = std::make_unique<Socket>(set);
    std::unique_ptr<Socket> third;
    const auto replace = [&](std::unique_ptr<Socket>& other) {
        if (third) return;
        other.reset();
        third = std::make_unique<Socket>(set);
        third->set_interest({.readable = true});
    };
    first->then = [&] { replace(second); };
    second->then = [&] { replace(first); };
    for (const auto* socket : {first.get(), second.get()}) socket->make_readable();
    first->set_interest({.readable = true});
    second->set_interest({.readable = true});

    turn();

    EXPECT_EQ(third->readable, 0);
}

TEST_F(ReadinessSetTest, RespectsAnInterestThatEndedInTheSameBatch) {
    Socket first(set);
    Socket second(set);
    int told = 0;
    first.then = [&] { ++told, second.set_interest({}); };
    second.then = [&] { ++told, first.set_interest({}); };
    first.make_readable();
    second.make_readable();
    first.set_interest({.readable = true});
    second.set_interest({.readable = true});

    turn();

    EXPECT_EQ(told, 1);
}

TEST_F(ReadinessSetTest, ServesEverySocketOfManyBatches) {
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int i = 0; i < 300; ++i) {
        sockets.push_back(std::make_unique<Socket>(set));
        sockets.back()->make_readable();
        sockets.back()->then = [socket = sockets.back().get()] { socket->read_one(); };
        sockets.back()->set_interest({.readable = true});
    }

    run_ready(context);

    for (const auto& socket : sockets) EXPECT_EQ(socket->readable, 1);
}

// Asking Asio in between would cost two system calls for each batch.
TEST_F(ReadinessSetTest, GoesOnWithoutAsioWhileManyAreReady) {
    std::vector<std::unique_ptr<Socket>> sockets;
    for (int i = 0; i < 20; ++i) {
        sockets.push_back(std::make_unique<Socket>(set));
        sockets.back()->make_readable();
        sockets.back()->set_interest({.readable = true});
    }

    turn();

    // Nobody reads, so that all stay ready; and Asio gets its turn all the same.
    EXPECT_GT(sockets[0]->readable, 1);
    EXPECT_LT(sockets[0]->readable, 100);
}

TEST_F(ReadinessSetTest, LooksAtTheClockOnceABatch) {
    Socket first(set);
    Socket second(set);
    std::vector<std::optional<Instant>> times;
    for (Socket* socket : {&first, &second}) {
        socket->set_interest({.readable = true});
        socket->make_readable();
        socket->then = [&] { times.push_back(set.batch_time()); };
    }

    const Instant before = now();
    turn();

    ASSERT_EQ(times.size(), 2U);
    EXPECT_EQ(times[0], times[1]);
    EXPECT_GE(*times[0], before);
    EXPECT_FALSE(set.batch_time());
}

TEST_F(ReadinessSetTest, LetsTheContextRunOutOfWorkWhenTheLastDescriptorIsGone) {
    auto socket = std::make_unique<Socket>(set);
    socket->set_interest({.readable = true});
    run_ready(context);

    socket.reset();
    context.restart();
    context.run();

    EXPECT_TRUE(context.stopped());
}

TEST_F(ReadinessSetTest, WaitsAgainForADescriptorThatIsAddedRightAfterTheLastOneLeft) {
    auto socket = std::make_unique<Socket>(set);
    run_ready(context);
    socket.reset();
    Socket next(set);
    next.set_interest({.readable = true});
    next.make_readable();

    EXPECT_TRUE(test::run_until(context, [&] { return next.readable > 0; }));
}

TEST_F(ReadinessSetTest, TellsOfADescriptorThatCannotBeWatched) {
    Socket socket(set);
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    socket.leave_set();
    set.add(socket, file);

    socket.set_interest({.readable = true});
    EXPECT_FALSE(socket.unwatchable);
    run_ready(context);

    EXPECT_EQ(socket.unwatchable, std::errc::operation_not_permitted);
    EXPECT_EQ(socket.readable, 0);
    socket.leave_set();
    ::close(file);
}

TEST_F(ReadinessSetTest, DoesNotTellOneThatWasRemovedThatItCannotBeWatched) {
    Socket socket(set);
    const int file = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    socket.leave_set();
    set.add(socket, file);
    socket.set_interest({.readable = true});

    socket.leave_set();
    run_ready(context);

    EXPECT_FALSE(socket.unwatchable);
    ::close(file);
}

TEST_F(ReadinessSetTest, WaitsAgainAfterAHandlerThatThrew) {
    Socket socket(set);
    socket.set_interest({.readable = true});
    socket.make_readable();
    socket.then = [] { throw 1; };

    EXPECT_THROW(turn(), int);
    socket.then = nullptr;
    turn();

    EXPECT_EQ(socket.readable, 2);
}

TEST(ReadinessSet, LeavesTheNodesThatOutliveIt) {
    asio::io_context context;
    auto set = std::make_unique<ReadinessSet>(context);
    Socket socket(*set);
    socket.set_interest({.readable = true});

    set.reset();

    EXPECT_FALSE(socket.in_set());
    socket.set_interest({.writable = true});
}

TEST_F(ReadinessSetTest, TakesANodeThatHasOutlivedAnotherSet) {
    asio::io_context other_context;
    auto other = std::make_unique<ReadinessSet>(other_context);
    Socket socket(*other);
    socket.set_interest({.writable = true});
    other.reset();

    set.add(socket, socket.ends[0]);
    socket.set_interest({.writable = true});
    turn();

    EXPECT_EQ(socket.writable, 1);
}

}  // namespace
}  // namespace tautline::io
