// SPDX-License-Identifier: MIT
// Counts at malloc, below operator new: so the libraries of others are counted too. Sanitizers have
// a malloc of their own and tell of its use; elsewhere ours stands before that of glibc, which
// still does the work and takes the memory back.
#include <tests/support/allocations.hpp>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include <execinfo.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TAUTLINE_SANITIZER_ALLOCATES
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define TAUTLINE_SANITIZER_ALLOCATES
#endif
#endif

namespace {

// In a program, not a library, these need no memory of their own.
thread_local std::size_t made = 0;
thread_local std::size_t to_print = 0;
std::atomic<std::size_t> all_made = 0;

void print_stack() {
    const std::size_t left = std::exchange(to_print, 0);  // to print one allocates
    void* frames[24];
    ::backtrace_symbols_fd(frames, ::backtrace(frames, 24), STDERR_FILENO);
    (void)!::write(STDERR_FILENO, "\n", 1);
    to_print = left - 1;
}

void count() {
    ++made;
    all_made.fetch_add(1, std::memory_order_relaxed);
    if (to_print > 0) print_stack();
}

}  // namespace

namespace tautline::test {

std::size_t allocations() { return made; }

std::size_t all_allocations() { return all_made; }

void print_allocations(std::size_t count) { to_print = count; }

}  // namespace tautline::test

#ifdef TAUTLINE_SANITIZER_ALLOCATES

// g++ comes without the header that declares it.
extern "C" int __sanitizer_install_malloc_and_free_hooks(  // NOLINT: its name
    void (*allocated)(const volatile void*, std::size_t), void (*freed)(const volatile void*));

namespace {
[[maybe_unused]] const int installed = __sanitizer_install_malloc_and_free_hooks(
    [](const volatile void*, std::size_t) { count(); }, [](const volatile void*) {});
}  // namespace

#else

// NOLINTBEGIN: glibc says how they are called
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);

void* malloc(std::size_t size) noexcept {
    count();
    return __libc_malloc(size);
}

void* calloc(std::size_t many, std::size_t size) noexcept {
    count();
    return __libc_calloc(many, size);
}

void* realloc(void* memory, std::size_t size) noexcept {
    count();
    return __libc_realloc(memory, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
    count();
    *memory = __libc_memalign(alignment, size);
    return *memory == nullptr ? ENOMEM : 0;
}
}
// NOLINTEND

#endif
