// SPDX-License-Identifier: MIT
#include <tests/support/allocations.hpp>

#include <cstdlib>
#include <memory>
#include <thread>

#include <gtest/gtest.h>
#include <zlib.h>

// The counter itself: it would be of little use if it missed somebody's.

namespace tautline {
namespace {

using test::allocations;

/// How many `work` makes.
template <typename Work>
std::size_t allocations_of(const Work& work) {
    const std::size_t before = allocations();
    work();
    return allocations() - before;
}

// Otherwise a compiler leaves out memory that nobody looks at.
const void* volatile seen = nullptr;

TEST(Allocations, CountsNew) {
    EXPECT_EQ(allocations_of([] { seen = std::make_unique<int>(1).get(); }), 1U);
}

TEST(Allocations, CountsNewOfWhatIsAligned) {
    struct alignas(64) Wide {
        int value;
    };

    EXPECT_EQ(allocations_of([] { seen = std::make_unique<Wide>().get(); }), 1U);
}

TEST(Allocations, CountsMalloc) {
    EXPECT_EQ(allocations_of([] {
                  void* memory = std::malloc(10);
                  seen = memory;
                  std::free(memory);
              }),
              1U);
}

TEST(Allocations, CountsCallocAndRealloc) {
    EXPECT_EQ(allocations_of([] {
                  void* memory = std::calloc(10, 10);
                  memory = std::realloc(memory, 100'000);
                  seen = memory;
                  std::free(memory);
              }),
              2U);
}

TEST(Allocations, CountsThoseOfALibraryInC) {
    EXPECT_GT(allocations_of([] {
                  z_stream stream{};
                  EXPECT_EQ(deflateInit(&stream, 1), Z_OK);
                  deflateEnd(&stream);
              }),
              1U);
}

TEST(Allocations, CountsNothingWhereThereIsNone) {
    EXPECT_EQ(allocations_of([] { seen = nullptr; }), 0U);
}

TEST(Allocations, CountsForEachThreadByItself) {
    std::size_t there = 0;
    std::thread other;
    const std::size_t here = allocations_of([&] {
        other = std::thread([&there] {
            there = allocations_of([] {
                for (int i = 0; i < 1000; ++i) seen = std::make_unique<int>(i).get();
            });
        });
        other.join();
    });

    EXPECT_EQ(there, 1000U);
    EXPECT_LT(here, 100U);
}

}  // namespace
}  // namespace tautline
