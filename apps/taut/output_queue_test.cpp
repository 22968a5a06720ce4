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

TEST(OutputQueue, WaitsNoLongerThanTheLimitForAReader) {
    const Pipe pipe;
    OutputQueue queue(pipe.ends[1], [](OutputQueue::Change) { ADD_FAILURE(); });

    queue.write(std::string(1 << 20, 'x'));
    EXPECT_EQ(pipe.read(1), "x") << "the thread has taken it, and the pipe is too small for it";

    EXPECT_FALSE(queue.finish(Duration::zero()));
    EXPECT_EQ(queue.error(), std::errc::timed_out);
    EXPECT_FALSE(queue.finish()) << "it is given up for good";

    // The thread writes on, and the number of this pipe is soon another's.
    EXPECT_EQ(pipe.read((1 << 20) - 1).size(), (std::size_t{1} << 20) - 1);
}

TEST(OutputQueue, GoesOnToWriteWhatItWasGivenUpWith) {
    const Pipe pipe;
    {
        OutputQueue queue(pipe.ends[1], [](OutputQueue::Change) { ADD_FAILURE(); });
        queue.write(std::string(1 << 20, 'x'));
        EXPECT_FALSE(queue.finish(Duration::zero()));
    }

    EXPECT_EQ(pipe.read(1 << 20).size(), std::size_t{1} << 20);
}

TEST(OutputQueue, ALimitThatIsNotReachedChangesNothing) {
    const Pipe pipe;
    OutputQueue queue(pipe.ends[1], [](OutputQueue::Change) {});

    queue.write("a");

    EXPECT_TRUE(queue.finish(std::chrono::hours(1)));
    EXPECT_EQ(pipe.read(1), "a");
}

TEST(OutputQueue, MayGoOnBehindAFailure) {
    Pipe pipe;
    std::binary_semaphore room(0);
    OutputQueue queue(
        pipe.ends[1], [&room](OutputQueue::Change) { room.release(); },
        OutputQueue::Failures::skipped);

    pipe.close_reader();
    queue.write(std::string(OutputQueue::kHighWater + 1, 'x'));
    room.acquire();

    EXPECT_TRUE(queue.write("b"));
    EXPECT_TRUE(queue.finish());
    EXPECT_FALSE(queue.error());
}

// Otherwise a signal for those that handle it could end the process.
TEST(OutputQueue, ItsThreadTakesNoSignals) {
    sigset_t seen;
    sigemptyset(&seen);
    std::binary_semaphore told(0);
    const Pipe pipe;
    OutputQueue queue(pipe.ends[1], [&](OutputQueue::Change) {
        pthread_sigmask(SIG_BLOCK, nullptr, &seen);
        told.release();
    });

    queue.write(std::string(OutputQueue::kHighWater + 1, 'x'));
    EXPECT_EQ(pipe.read(OutputQueue::kHighWater + 1).size(), OutputQueue::kHighWater + 1);
    told.acquire();

    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) EXPECT_EQ(sigismember(&seen, signal), 1);
}

}  // namespace
}  // namespace tautline::taut
