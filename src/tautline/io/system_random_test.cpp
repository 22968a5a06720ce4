// SPDX-License-Identifier: MIT
#include <tautline/io/system_random.hpp>

#include <cstdint>
#include <cstring>
#include <set>
#include <span>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tautline::io {
namespace {

std::uint32_t draw_key(SystemRandom& random) {
    std::uint32_t key = 0;
    random.fill(std::as_writable_bytes(std::span(&key, 1)));
    return key;
}

std::vector<std::byte> draw(SystemRandom& random, std::size_t count) {
    std::vector<std::byte> bytes(count);
    random.fill(bytes);
    return bytes;
}

// What the child of a fork draws from the same object.
std::vector<std::byte> draw_in_child(SystemRandom& random, std::size_t count) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) {
        const auto bytes = draw(random, count);
        ::_exit(::write(ends[1], bytes.data(), count) == static_cast<ssize_t>(count) ? 0 : 1);
    }
    std::vector<std::byte> bytes(count);
    EXPECT_EQ(::read(ends[0], bytes.data(), count), static_cast<ssize_t>(count));
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
    ::close(ends[0]);
    ::close(ends[1]);
    return bytes;
}

TEST(SystemRandom, RowF15DrawsTenThousandKeysWithinTheBirthdayBound) {
    SystemRandom random;
    std::set<std::uint32_t> keys;

    for (int i = 0; i < 10'000; ++i) keys.insert(draw_key(random));

    // About 0.012 repeats are to be expected among 32 bits; four happen once in a billion runs.
    EXPECT_GE(keys.size(), 10'000U - 3);
}

TEST(SystemRandom, RowF15SetsEveryBitHalfOfTheTime) {
    SystemRandom random;
    int set[32] = {};

    for (int i = 0; i < 10'000; ++i) {
        const std::uint32_t key = draw_key(random);
        for (unsigned bit = 0; bit < 32; ++bit) set[bit] += static_cast<int>(key >> bit & 1);
    }

    // Ten standard deviations.
    for (const int count : set) EXPECT_NEAR(count, 5'000, 500);
}

TEST(SystemRandom, RowF15DrawsOtherBytesInTheChildOfAFork) {
    SystemRandom random;
    (void)draw(random, 16);

    const auto child = draw_in_child(random, 32);
    const auto parent = draw(random, 32);

    EXPECT_NE(child, parent);
}

TEST(SystemRandom, RowF15DrawsOtherBytesInEveryThread) {
    std::vector<std::byte> first;
    std::vector<std::byte> second;

    std::thread one([&first] {
        SystemRandom random;
        first = draw(random, 32);
    });
    std::thread two([&second] {
        SystemRandom random;
        second = draw(random, 32);
    });
    one.join();
    two.join();

    EXPECT_NE(first, second);
}

TEST(SystemRandom, FillsAcrossTheEndOfItsPage) {
    SystemRandom random;
    (void)draw(random, 4'000);

    const auto bytes = draw(random, 200);

    const std::vector<std::byte> zero(100);
    EXPECT_NE(std::memcmp(bytes.data(), zero.data(), 88), 0);
    EXPECT_NE(std::memcmp(bytes.data() + 88, zero.data(), 100), 0);
}

TEST(SystemRandom, FillsMoreThanAPageAtOnce) {
    SystemRandom random;

    const auto bytes = draw(random, 100'000);

    const std::vector<std::byte> zero(16);
    EXPECT_NE(std::memcmp(bytes.data() + bytes.size() - 16, zero.data(), 16), 0);
}

TEST(SystemRandom, FillsNothingWhenNothingIsAsked) {
    SystemRandom random;

    random.fill({});
}

}  // namespace
}  // namespace tautline::io
