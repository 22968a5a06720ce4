// SPDX-License-Identifier: MIT
#include <array>
#include <csignal>
#include <semaphore>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "output_queue.hpp"

namespace tautline::taut {
namespace {

// A pipe, both ends open.
struct Pipe {
    Pipe() { EXPECT_EQ(::pipe(ends.data()), 0); }
    ~Pipe() {
        close_reader();
        ::close(ends[1]);
    }
    Pipe(const Pipe&) = delete;
    Pipe& operator=(const Pipe&) = delete;

    void close_reader() {
        if (ends[0] >= 0) ::close(ends[0]);
        ends[0] = -1;
    }
    [[nodiscard]] std::string read(std::size_t count) const {
        std::string text(count, '\0');
        for (std::size_t at = 0; at < count;) {
            const auto got = ::read(ends[0], text.data() + at, count - at);
            if (got <= 0) return text.substr(0, at);
            at += static_cast<std::size_t>(got);
        }
        return text;
    }

    std::array<int, 2> ends{};
};

TEST(OutputQueue, WritesInOrder) {
    const Pipe pipe;
    OutputQueue queue(pipe.ends[1], [](OutputQueue::Change) {});

    EXPECT_TRUE(queue.write("a"));
    EXPECT_TRUE(queue.write("bc"));
    EXPECT_TRUE(queue.finish());

    EXPECT_EQ(pipe.read(3), "abc");
}

TEST(OutputQueue, SaysWhenTooMuchWaitsAndWhenThereIsRoomAgain) {
    const Pipe pipe;
    std::binary_semaphore room(0);
    OutputQueue queue(pipe.ends[1], [&room](OutputQueue::Change change) {
        EXPECT_EQ(change, OutputQueue::Change::room);
        room.release();
    });

    // The pipe and the thread hold a batch of the first, at most.
    const std::string large(OutputQueue::kHighWater + 1, 'x');
    queue.write(large);
    EXPECT_FALSE(queue.write(large + large));

    EXPECT_EQ(pipe.read(large.size() * 3).size(), large.size() * 3);
    room.acquire();
}

// The thread takes what waits before it has written it: the queue looks empty, but nobody was told.
TEST(OutputQueue, SaysThatThereIsRoomEvenWhenMoreWasWrittenAfterItWasFull) {
    const Pipe pipe;
    std::counting_semaphore<> room(0);
    OutputQueue queue(pipe.ends[1], [&room](OutputQueue::Change) { room.release(); });

    const std::string large(OutputQueue::kHighWater + 1, 'x');
    EXPECT_FALSE(queue.write(large));
    EXPECT_EQ(pipe.read(1), "x") << "the thread has taken it, and the pipe is too small for it";
    EXPECT_FALSE(queue.write("y")) << "room was not said yet";

    EXPECT_EQ(pipe.read(large.size()).size(), large.size());
    room.acquire();
}

TEST(OutputQueue, SaysWhenNobodyReads) {
    std::signal(SIGPIPE, SIG_IGN);
    Pipe pipe;
    std::binary_semaphore broken(0);
    OutputQueue queue(pipe.ends[1], [&broken](OutputQueue::Change change) {
        if (change == OutputQueue::Change::broken) broken.release();
    });

    pipe.close_reader();
    queue.write("a");
    broken.acquire();

    EXPECT_TRUE(queue.write("b")) << "what nobody reads is dropped";
    EXPECT_FALSE(queue.finish());
    EXPECT_EQ(queue.error(), std::errc::broken_pipe);
}

TEST(OutputQueue, TellsAFullDiskFromAReaderThatHasGone) {
    const int full = ::open("/dev/full", O_WRONLY);
    OutputQueue queue(full, [](OutputQueue::Change) {});

    queue.write("a");

    EXPECT_FALSE(queue.finish());
    EXPECT_EQ(queue.error(), std::errc::no_space_on_device);
    ::close(full);
}

}  // namespace
}  // namespace tautline::taut
