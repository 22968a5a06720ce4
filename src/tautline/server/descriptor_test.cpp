// SPDX-License-Identifier: MIT
#include <tautline/server/descriptor.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>

namespace tautline::server {
namespace {

int open_one() { return ::open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(Descriptor, ClosesWhatItOwns) {
    const int fd = open_one();
    {
        const Descriptor descriptor(fd);
    }
    EXPECT_FALSE(is_open(fd));
}

TEST(Descriptor, LeavesWhatItReleased) {
    const int fd = open_one();
    {
        Descriptor descriptor(fd);
        EXPECT_EQ(descriptor.release(), fd);
        EXPECT_FALSE(descriptor);
    }
    EXPECT_TRUE(is_open(fd));
    ::close(fd);
}

TEST(Descriptor, MovesWhatItOwns) {
    const int fd = open_one();
    Descriptor first(fd);

    Descriptor second(std::move(first));
    Descriptor third;
    third = std::move(second);

    EXPECT_EQ(third.get(), fd);
    EXPECT_TRUE(is_open(fd));
}

TEST(Descriptor, IsEmptyAtFirstAndForAFailedCall) {
    EXPECT_FALSE(Descriptor());
    EXPECT_FALSE(Descriptor(-1));
}

TEST(Descriptor, ClosesOnlyOnce) {
    Descriptor descriptor(open_one());
    descriptor.close();
    EXPECT_FALSE(descriptor);
    descriptor.close();
}

}  // namespace
}  // namespace tautline::server
