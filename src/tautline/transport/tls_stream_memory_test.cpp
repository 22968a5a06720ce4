// SPDX-License-Identifier: MIT
// What TLS allocates, and what it keeps: counted below OpenSSL.
#include <atomic>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <malloc.h>
#include <tests/support/tls_pair.hpp>

#include <tautline/transport/tls_engine.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::transport {
namespace {

using test::TlsPair;
using test::write_text;

// The two buffers of a connection hold a record and little more; what a handshake needs is longer.
bool is_record_buffer(std::size_t size) {
    return size >= TlsEngine::kRecordBytes && size < TlsEngine::kRecordBytes + 1'024;
}

struct Counts {
    std::atomic<int> made = 0;           // Record buffers.
    std::atomic<int> alive = 0;          // Those that are not freed.
    std::atomic<std::size_t> bytes = 0;  // Of all that was allocated.
} counts;

void count_new(std::size_t size) {
    counts.bytes += size;
    if (!is_record_buffer(size)) return;
    ++counts.made;
    ++counts.alive;
}

void count_freed(void* block) {
    if (is_record_buffer(malloc_usable_size(block))) --counts.alive;
}

void* allocate(std::size_t size, const char* /*file*/, int /*line*/) {
    count_new(size);
    return std::malloc(size);
}

void* reallocate(void* block, std::size_t size, const char* /*file*/, int /*line*/) {
    count_freed(block);
    count_new(size);
    return std::realloc(block, size);
}

void release(void* block, const char* /*file*/, int /*line*/) {
    count_freed(block);
    std::free(block);
}

// OpenSSL takes them only before its first allocation.
const bool counting = CRYPTO_set_mem_functions(&allocate, &reallocate, &release) == 1;

struct TlsStreamMemoryTest : testing::Test {
    void SetUp() override { ASSERT_TRUE(counting); }

    // The client says `text`, and the server says it again.
    void echo(const std::string& text) {
        pair.at_server.received.clear();
        pair.at_client.received.clear();
        (void)write_text(*pair.client, text);
        pair.run();
        (void)write_text(*pair.server, pair.at_server.received);
        pair.run();
        ASSERT_TRUE(pair.at_client.received == text);
    }
    // Makes both ends busy. No time passes for them from here on, however slow the machine is.
    void begin() {
        ASSERT_TRUE(pair.open());
        echo("x");
        pair.loop.timers().clear();
    }
    [[nodiscard]] int buffers() const { return counts.alive - before; }

    TlsPair pair;
    const int before = counts.alive;
};

TEST_F(TlsStreamMemoryTest, AllocatesNoBuffersForAMessage) {
    begin();
    const int made = counts.made;

    for (int i = 0; i < 20; ++i) {
        for (const std::size_t size : {20U, 1'000U, 16'384U, 50'000U}) echo(std::string(size, 'x'));
    }

    EXPECT_EQ(counts.made, made);
    EXPECT_EQ(buffers(), 4);
}

// What is left are the packet writers of OpenSSL, 40 bytes each: three for a record that is
// written, one for a record that is read. It has no option to keep them.
TEST_F(TlsStreamMemoryTest, AllocatesLittleElseForAMessage) {
    begin();
    const std::size_t bytes = counts.bytes;

    for (int i = 0; i < 100; ++i) echo("ping");

    EXPECT_LE((counts.bytes - bytes) / 100, 2 * 4 * 40U);
}

TEST_F(TlsStreamMemoryTest, GivesItsBuffersBackWhenItIsIdle) {
    ASSERT_TRUE(pair.open());
    echo("ping");

    for (int i = 1; i <= 2; ++i) {
        pair.loop.timers().advance(pair.loop.now() + 2 * i * io::WarmSet::kIdleTime);
    }
    EXPECT_EQ(buffers(), 0);

    echo("ping");
    pair.loop.warm().clear();
}

TEST_F(TlsStreamMemoryTest, IsNotWaitedForWhenItIsClosed) {
    begin();
    EXPECT_EQ(pair.loop.warm().size(), 2U);

    pair.client->close();
    pair.server.reset();

    EXPECT_EQ(pair.loop.warm().size(), 0U);
}

TEST_F(TlsStreamMemoryTest, GivesItsBuffersBackAfterEachUseWhenTooManyAreBusy) {
    struct Guest final : io::WarmNode {
    private:
        void on_idle() override {}
    };
    std::vector<Guest> guests(io::WarmSet::kNodes);
    for (Guest& guest : guests) pair.loop.warm().use(guest);
    begin();

    for (const std::size_t size : {20U, 50'000U}) {
        (void)write_text(*pair.client, std::string(size, 'x'));
        EXPECT_EQ(buffers(), 0);
        pair.run();
        EXPECT_EQ(buffers(), 0);
    }
}

TEST_F(TlsStreamMemoryTest, KeepsNoBuffersForAHandshakeThatWaits) {
    auto [left, right] = make_memory_pair(pair.loop);
    const auto server = TlsStream::server(pair.loop, std::move(right), pair.server_context,
                                          [](const std::expected<void, Error>& /*result*/) {});
    TlsEngine client(pair.client_context, "localhost");
    EXPECT_EQ(client.shake_hands(), TlsEngine::Progress::need_input);
    client.release_buffers();

    (void)write_text(*left, as_text(std::as_const(client.output()).readable()));
    left->set_handler(&pair.at_client);
    left->set_reading(true);
    pair.run();

    EXPECT_GT(pair.at_client.received.size(), 500U);
    EXPECT_EQ(buffers(), 0);
}

}  // namespace
}  // namespace tautline::transport
