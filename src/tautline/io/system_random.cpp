// SPDX-License-Identifier: MIT
#include <tautline/io/system_random.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include <strings.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <tautline/base/assert.hpp>

namespace tautline::io {

namespace {

constexpr std::size_t kPageBytes = 4096;

// Returns how much it drew: perhaps not all.
std::size_t draw_some(MutableBytes out) {
    ssize_t count = 0;
    do {
        count = ::getrandom(out.data(), out.size(), 0);
    } while (count < 0 && errno == EINTR);
    // Without randomness every masking key could be guessed: there is no safe way to go on.
    TAUTLINE_ASSERT(count > 0);
    return static_cast<std::size_t>(count);
}

void draw(MutableBytes out) {
    while (!out.empty()) out = out.subspan(draw_some(out));
}

}  // namespace

// The kernel zeroes it in a forked child: then no bytes are left.
struct SystemRandom::Page {
    std::size_t left;
    std::array<std::byte, kPageBytes - sizeof(std::size_t)> bytes;
};

SystemRandom::SystemRandom() {
    static_assert(sizeof(Page) == kPageBytes);
    void* memory =
        ::mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    if (::madvise(memory, kPageBytes, MADV_WIPEONFORK) != 0) {
        ::munmap(memory, kPageBytes);
        return;
    }
    page_ = static_cast<Page*>(memory);
}

SystemRandom::~SystemRandom() {
    if (!page_) return;
    ::explicit_bzero(page_, kPageBytes);
    ::munmap(page_, kPageBytes);
}

void SystemRandom::fill(MutableBytes out) {
    if (!page_ || out.size() > page_->bytes.size()) return draw(out);
    while (!out.empty()) {
        if (page_->left == 0) {
            draw(page_->bytes);
            page_->left = page_->bytes.size();
        }
        const std::size_t count = std::min(out.size(), page_->left);
        std::byte* from = page_->bytes.data() + (page_->bytes.size() - page_->left);
        std::memcpy(out.data(), from, count);
        ::explicit_bzero(from, count);
        page_->left -= count;
        out = out.subspan(count);
    }
}

}  // namespace tautline::io
