// SPDX-License-Identifier: MIT
#include <tautline/io/loop.hpp>

#include <array>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/run_until.hpp>
#include <unistd.h>

namespace tautline::io {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using test::run_ready;

struct Timer final : TimerNode {
    void on_timer(Instant now) override {
        fired.push_back(now);
        if (then) then();
    }
    std::vector<Instant> fired;
    std::function<void()> then;
};

struct Turn final : TurnNode {
    void on_turn() override { ++turns; }
    int turns = 0;
};

// Tells that it is destroyed.
struct Mortal {
    explicit Mortal(std::function<void()> at_end) : at_end_(std::move(at_end)) {}
    ~Mortal() { at_end_(); }
    Mortal(const Mortal&) = delete;
    Mortal& operator=(const Mortal&) = delete;

private:
    std::function<void()> at_end_;
};

struct LoopTest : testing::Test {
    asio::io_context context;
    Loop& loop = Loop::of(context);
};

TEST_F(LoopTest, IsOneForEachContext) {
    asio::io_context other;

    EXPECT_EQ(&Loop::of(context), &loop);
    EXPECT_NE(&Loop::of(other), &loop);
    EXPECT_EQ(&loop.context(), &context);
}

TEST_F(LoopTest, HasNoWorkOfItsOwn) { EXPECT_EQ(context.run(), 0U); }

TEST_F(LoopTest, FiresTimersNotBeforeTheirTime) {
    Timer timer;
    const Instant due = loop.now() + milliseconds(5);
    loop.timers().schedule(timer, due);

    context.run();

    ASSERT_EQ(timer.fired.size(), 1U);
    EXPECT_GE(timer.fired[0], due);
}

TEST_F(LoopTest, FiresATimerThatIsScheduledBeforeTheOneItWaitsFor) {
    Timer far;
    Timer near;
    loop.timers().schedule(far, loop.now() + hours(1));
    run_ready(context);
    loop.timers().schedule(near, loop.now() + milliseconds(1));

    EXPECT_TRUE(test::run_until(context, [&] { return !near.fired.empty(); }));

    EXPECT_TRUE(far.fired.empty());
}

TEST_F(LoopTest, HasNoWorkAfterTheLastTimerWasCancelled) {
    Timer timer;
    loop.timers().schedule(timer, loop.now() + hours(1));

    loop.timers().cancel(timer);
    context.run();

    EXPECT_TRUE(timer.fired.empty());
}

TEST_F(LoopTest, FiresATimerThatIsScheduledInsideOfATimer) {
    Timer first;
    Timer second;
    first.then = [&] { loop.timers().schedule(second, loop.now()); };
    loop.timers().schedule(first, loop.now());

    context.run();

    EXPECT_EQ(second.fired.size(), 1U);
}

TEST_F(LoopTest, FiresTheOtherTimersAfterOneThatThrew) {
    Timer thrower;
    Timer other;
    thrower.then = [] { throw 1; };
    loop.timers().schedule(thrower, loop.now());
    loop.timers().schedule(other, loop.now());

    EXPECT_THROW(context.run(), int);
    context.run();

    EXPECT_EQ(other.fired.size(), 1U);
}

TEST_F(LoopTest, RowL16LetsOthersRunWhileACrowdOfTimersFires) {
    std::vector<Timer> crowd(5'000);
    const Instant due = loop.now() + milliseconds(20);
    std::size_t fired = 0;
    std::size_t fired_before_post = 0;
    for (Timer& timer : crowd) {
        timer.then = [&] {
            if (++fired == 1) loop.post([&] { fired_before_post = fired; });
        };
        loop.timers().schedule(timer, due);
    }

    context.run();

    EXPECT_EQ(fired, crowd.size());
    EXPECT_LT(fired_before_post, crowd.size());
}

TEST_F(LoopTest, LendsSharedBuffersWithSlackAround) {
    for (const MutableBytes buffer : {loop.receive_buffer(), loop.plaintext_buffer()}) {
        ASSERT_EQ(buffer.size(), Loop::kSharedBytes);
        std::memset(buffer.data() - Loop::kSlackBytes, 1, buffer.size() + 2 * Loop::kSlackBytes);
    }
    EXPECT_EQ(loop.receive_buffer().data(), loop.receive_buffer().data());
    EXPECT_NE(loop.receive_buffer().data(), loop.plaintext_buffer().data());
}

TEST_F(LoopTest, LendsTheOutputBufferThatWasGivenLast) {
    Buffer first;
    first.append(as_bytes("first"));
    Buffer second;
    second.append(as_bytes("second"));
    const auto* memory = second.readable().data();
    loop.give_output(std::move(first));
    loop.give_output(std::move(second));

    Buffer lent = loop.take_output();

    EXPECT_TRUE(lent.empty());
    EXPECT_EQ(lent.prepare(1).data(), memory);
}

TEST_F(LoopTest, KeepsNoHugeOutputBuffer) {
    Buffer huge;
    (void)huge.prepare(3'000'000);

    loop.give_output(std::move(huge));

    EXPECT_EQ(loop.take_output().capacity(), 0U);
}

TEST_F(LoopTest, KeepsAFewOutputBuffersAtMost) {
    for (int i = 0; i < 10; ++i) {
        Buffer buffer;
        (void)buffer.prepare(100);
        loop.give_output(std::move(buffer));
    }

    int kept = 0;
    while (loop.take_output().capacity() > 0) ++kept;

    EXPECT_EQ(kept, 4);
}

TEST_F(LoopTest, DestroysWhatIsRetiredInALaterTurn) {
    bool destroyed = false;

    loop.retire(std::make_unique<Mortal>([&] { destroyed = true; }));
    EXPECT_FALSE(destroyed);
    run_ready(context);

    EXPECT_TRUE(destroyed);
}

TEST_F(LoopTest, DestroysWhatIsRetiredInADestructor) {
    bool destroyed = false;
    loop.retire(std::make_unique<Mortal>(
        [&] { loop.retire(std::make_unique<Mortal>([&] { destroyed = true; })); }));

    run_ready(context);

    EXPECT_TRUE(destroyed);
}

TEST_F(LoopTest, CallsANodeSoonButNotAtOnce) {
    Turn turn;

    loop.call_soon(turn);
    EXPECT_EQ(turn.turns, 0);
    run_ready(context);

    EXPECT_EQ(turn.turns, 1);
}

TEST_F(LoopTest, KnowsWhetherItRunsHere) {
    bool inside = false;
    loop.post([&] { inside = loop.running_here(); });

    run_ready(context);

    EXPECT_TRUE(inside);
    EXPECT_FALSE(loop.running_here());
}

TEST_F(LoopTest, RunsWhatAnotherThreadPosted) {
    int ran = 0;
    bool there = true;

    std::thread other([&] {
        there = loop.running_here();
        loop.post([&ran, owner = std::make_unique<int>(7)] { ran = *owner; });
    });
    other.join();
    run_ready(context);

    EXPECT_FALSE(there);
    EXPECT_EQ(ran, 7);
}

TEST_F(LoopTest, DrawsRandomBytes) {
    std::array<std::byte, 32> bytes{};

    loop.random().fill(bytes);

    EXPECT_NE(bytes, (std::array<std::byte, 32>{}));
}

struct Watched final : ReadyNode {
    void on_readable() override {}
    void on_writable() override {}
    void on_unwatchable(std::error_code) override {}
};

TEST(Loop, DropsEverythingWhenItsContextIsDestroyed) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    Watched watched;
    Timer timer;
    Turn turn;
    int destroyed = 0;
    {
        asio::io_context context;
        Loop& loop = Loop::of(context);
        loop.readiness().add(watched, ends[0]);
        watched.set_interest({.readable = true, .writable = true});
        loop.timers().schedule(timer, loop.now());
        loop.call_soon(turn);
        loop.retire(std::make_unique<Mortal>([&] {
            ++destroyed;
            loop.retire(std::make_unique<Mortal>([&] { ++destroyed; }));
        }));
        // Destroyed after the loop was shut down, as Asio keeps it.
        loop.post([guard = std::make_unique<Mortal>([&] {
                       ++destroyed;
                       loop.retire(std::make_unique<Mortal>([&] { ++destroyed; }));
                   })] {});
    }

    EXPECT_EQ(destroyed, 4);
    EXPECT_FALSE(watched.in_set());
    EXPECT_FALSE(timer.scheduled());
    EXPECT_EQ(turn.turns, 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace tautline::io
