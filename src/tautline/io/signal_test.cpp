// SPDX-License-Identifier: MIT
#include <tautline/io/signal.hpp>

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

namespace tautline::io {
namespace {

using asio::awaitable;

// Coroutines that wait for one signal, and what each was told.
struct Waiters {
    void add() {
        const std::size_t index = told.size();
        told.emplace_back();
        asio::co_spawn(context, wait(index),
                       asio::bind_cancellation_slot(cancellations[index].slot(), asio::detached));
        run();
    }
    awaitable<void> wait(std::size_t index) {
        const bool notified = co_await signal->wait();
        told[index] = notified;
        cancellations.erase(index);
    }
    void cancel(std::size_t index) { cancellations[index].emit(asio::cancellation_type::all); }
    void run() { test::run_ready(context); }

    asio::io_context context;
    std::optional<Signal> signal{std::in_place};
    std::vector<std::optional<bool>> told;
    std::map<std::size_t, asio::cancellation_signal> cancellations;
};

TEST(Signal, WakesAllThatWait) {
    Waiters waiters;
    waiters.add();
    waiters.add();

    asio::post(waiters.context, [&] { waiters.signal->notify(); });
    waiters.run();

    EXPECT_EQ(waiters.told, (std::vector<std::optional<bool>>{true, true}));
}

TEST(Signal, WakesInlineOnTheExecutorOfTheWaiter) {
    Waiters waiters;
    waiters.add();
    std::optional<bool> told;

    asio::post(waiters.context, [&] {
        waiters.signal->notify();
        told = waiters.told[0];
    });
    waiters.run();

    EXPECT_EQ(told, true);
}

TEST(Signal, ACancelledWaiterGoesOnInALaterTurn) {
    Waiters waiters;
    waiters.add();
    std::optional<bool> told;

    asio::post(waiters.context, [&] {
        waiters.cancel(0);
        told = waiters.told[0];
    });
    waiters.run();

    EXPECT_FALSE(told) << "inside of the emission";
    EXPECT_EQ(waiters.told[0], false);
}

// Each takes its own cancellation out of the map that is walked.
TEST(Signal, WaitersMayDestroyTheCancellationsThatAreEmitted) {
    Waiters waiters;
    waiters.add();
    waiters.add();

    asio::post(waiters.context, [&] {
        for (auto& [index, cancellation] : waiters.cancellations) {
            cancellation.emit(asio::cancellation_type::terminal);
        }
    });
    waiters.run();

    EXPECT_TRUE(waiters.cancellations.empty());
}

TEST(Signal, ANotificationBehindACancellationIsForTheOthers) {
    Waiters waiters;
    waiters.add();
    waiters.add();

    asio::post(waiters.context, [&] {
        waiters.cancel(0);
        waiters.signal->notify();
    });
    waiters.run();

    EXPECT_EQ(waiters.told, (std::vector<std::optional<bool>>{false, true}));
}

TEST(Signal, ACancellationBehindANotificationChangesNothing) {
    Waiters waiters;
    waiters.add();

    waiters.signal->notify();
    waiters.cancel(0);
    waiters.run();

    EXPECT_EQ(waiters.told[0], true);
}

TEST(Signal, MayEndBeforeACancelledWaiterGoesOn) {
    Waiters waiters;
    waiters.add();

    asio::post(waiters.context, [&] {
        waiters.cancel(0);
        waiters.signal.reset();
    });
    waiters.run();

    EXPECT_EQ(waiters.told[0], false);
}

// What a coroutine holds while it waits.
awaitable<void> hold(Signal& signal, std::shared_ptr<int> held) {
    (void)co_await signal.wait();
    *held = 1;
}

TEST(Signal, DestroysItsWaitersWhenItIsAbandoned) {
    asio::io_context context;
    Signal signal;
    auto held = std::make_shared<int>();
    asio::co_spawn(context, hold(signal, held), asio::detached);
    test::run_ready(context);
    EXPECT_EQ(held.use_count(), 2);

    signal.abandon();
    test::run_ready(context);

    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

TEST(Signal, ACancelledWaiterMayEndWithItsLoop) {
    auto held = std::make_shared<int>();
    Signal signal;
    {
        asio::io_context context;
        asio::cancellation_signal cancellation;
        asio::co_spawn(context, hold(signal, held),
                       asio::bind_cancellation_slot(cancellation.slot(), asio::detached));
        test::run_ready(context);
        cancellation.emit(asio::cancellation_type::all);
    }

    EXPECT_EQ(held.use_count(), 1);
    EXPECT_EQ(*held, 0);
}

}  // namespace
}  // namespace tautline::io
