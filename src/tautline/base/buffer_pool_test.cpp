// SPDX-License-Identifier: MIT
#include <tautline/base/buffer_pool.hpp>

#include <optional>
#include <vector>

#include <gtest/gtest.h>

namespace tautline {
namespace {

using Loan = BufferPool::Loan;

// Takes a loan, writes so much into it and gives it back.
void use(BufferPool& pool, std::size_t bytes) {
    Loan loan(&pool);
    loan->commit(loan->prepare(bytes).size());
}

TEST(BufferPool, LendsTheMemoryThatCameBack) {
    BufferPool pool;
    use(pool, 1000);

    Loan loan(&pool);

    EXPECT_GE(loan->capacity(), 1000U);
    EXPECT_TRUE(loan->empty());
    EXPECT_EQ(pool.spare(), 0U);
}

TEST(BufferPool, LendsFirstWhatCameLast) {
    BufferPool pool;
    {
        Loan small(&pool);
        small->append(as_bytes("a"));
        use(pool, 1000);
    }
    Loan last(&pool);

    EXPECT_LT(last->capacity(), 1000U);
    EXPECT_GE(Loan(&pool)->capacity(), 1000U);
}

TEST(BufferPool, DoesNotKeepABufferWithoutMemory) {
    BufferPool pool;
    use(pool, 0);
    EXPECT_EQ(pool.spare(), 0U);
}

TEST(BufferPool, KeepsNoMoreBytesThanTheLimit) {
    BufferPool pool;
    {
        Loan half(&pool);
        (void)half->prepare(BufferPool::kMostBytes / 2);
        Loan other_half(&pool);
        (void)other_half->prepare(BufferPool::kMostBytes / 2);
        use(pool, BufferPool::kMostBytes + 1);
        EXPECT_EQ(pool.spare(), 0U);
        use(pool, 1);
    }
    EXPECT_EQ(pool.spare(), 2U) << "the second half does not fit";
}

TEST(BufferPool, KeepsAgainAsMuchAsItHasLent) {
    BufferPool pool;
    use(pool, BufferPool::kMostBytes);

    use(pool, 1);

    EXPECT_EQ(pool.spare(), 1U);
    EXPECT_EQ(Loan(&pool)->capacity(), BufferPool::kMostBytes);
}

TEST(BufferPool, KeepsNoMoreBuffersThanItMayLend) {
    BufferPool pool;
    std::vector<std::optional<Loan>> loans(2 * BufferPool::kMost);
    for (auto& loan : loans) (*loan.emplace(&pool)).append(as_bytes("a"));
    loans.clear();

    EXPECT_EQ(pool.spare(), BufferPool::kMost);
}

TEST(BufferPool, LendsAgainAfterMoreWereWantedThanItHas) {
    BufferPool pool;
    std::vector<std::optional<Loan>> loans(2 * BufferPool::kMost);
    for (auto& loan : loans) (*loan.emplace(&pool)).append(as_bytes("a"));
    loans.clear();

    const Loan loan(&pool);

    EXPECT_EQ(pool.spare(), BufferPool::kMost - 1);
}

TEST(BufferPool, ALoanWithoutAPoolHasMemoryOfItsOwn) {
    Loan loan(nullptr);
    loan->append(as_bytes("a"));
    EXPECT_EQ(loan->size(), 1U);
}

}  // namespace
}  // namespace tautline
