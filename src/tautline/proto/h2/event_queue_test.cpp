// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/event_queue.hpp>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

TEST(EventQueue, GivesEventsInTheirOrder) {
    EventQueue queue;
    for (int id = 1; id <= 100; ++id) queue.push(StreamEnded{StreamId(id)});

    for (int id = 1; id <= 100; ++id) {
        EXPECT_EQ(std::get<StreamEnded>(*queue.poll()).stream, StreamId(id));
    }
    EXPECT_FALSE(queue.poll());
}

TEST(EventQueue, TakesEventsWhileItIsPolled) {
    EventQueue queue;
    queue.push(StreamEnded{StreamId(1)});
    (void)queue.poll();
    queue.push(StreamEnded{StreamId(3)});

    EXPECT_EQ(std::get<StreamEnded>(*queue.poll()).stream, StreamId(3));
    EXPECT_FALSE(queue.poll());
}

}  // namespace
}  // namespace tautline::h2
