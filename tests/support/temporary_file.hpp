// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

namespace tautline::test {

/// An empty file of the test's own, for its lifetime.
struct TemporaryFile {
    TemporaryFile() {
        const int descriptor = ::mkstemp(path.data());
        EXPECT_NE(descriptor, -1);
        ::close(descriptor);
    }
    ~TemporaryFile() { ::unlink(path.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;

    std::string path = testing::TempDir() + "tautline-XXXXXX";
};

}  // namespace tautline::test
