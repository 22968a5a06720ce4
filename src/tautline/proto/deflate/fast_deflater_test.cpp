// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/fast_deflater.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <zlib.h>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/compressor.hpp>

namespace tautline::deflate {
namespace {

// Inflates, by zlib, a message that is `size` bytes when it is right, with the tail that is not
// sent.
std::string inflated(const Buffer& message, std::size_t size) {
    Buffer whole;
    whole.append(message.readable());
    whole.append(as_bytes(std::string_view("\0\0\xff\xff", 4)));
    std::string text(size + 1, '\0');
    z_stream stream{};
    EXPECT_EQ(inflateInit2(&stream, -15), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(whole.readable().data()));
    stream.avail_in = static_cast<uInt>(whole.size());
    stream.next_out = reinterpret_cast<Bytef*>(text.data());
    stream.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(::inflate(&stream, Z_SYNC_FLUSH), Z_OK);
    EXPECT_EQ(stream.avail_in, 0U);
    EXPECT_NE(stream.data_type & 128, 0) << "not at the end of a block";
    text.resize(stream.total_out);
    inflateEnd(&stream);
    return text;
}

std::string random_bytes(std::size_t size, unsigned symbols) {
    std::mt19937 random(size + symbols);
    std::string text(size, '\0');
    for (char& each : text) each = static_cast<char>(random() % symbols);
    return text;
}

std::string json(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < size) {
        text += R"({"id":)" + std::to_string(random()) + R"(,"user":"Anna","price":)" +
                std::to_string(random() % 100000) + R"(,"state":"filled"},)";
    }
    text.resize(size);
    return text;
}

// Compresses a copy that ends where its heap block ends.
Buffer compressed(FastDeflater& deflater, std::string_view text) {
    const std::vector<char> exact(text.begin(), text.end());
    Buffer out;
    deflater.compress(as_bytes({exact.data(), exact.size()}), out);
    return out;
}

void expect_back(FastDeflater& deflater, std::string_view text) {
    const Buffer message = compressed(deflater, text);
    EXPECT_TRUE(inflated(message, text.size()) == text) << text.size();
}

TEST(FastDeflater, GivesBackEverySizeOfEveryKind) {
    FastDeflater deflater;
    const std::string noise = random_bytes(2000, 256);
    const std::string text = json(2000);
    const std::string dull(2000, 'a');
    for (std::size_t size = 1; size <= 2000; ++size) {
        for (const std::string_view all : {noise, text, dull}) {
            expect_back(deflater, all.substr(0, size));
        }
    }
}

TEST(FastDeflater, GivesBackTheLargestMessages) {
    FastDeflater deflater;
    for (std::size_t size = FastDeflater::kLargestMessage - 3;
         size <= FastDeflater::kLargestMessage; ++size) {
        expect_back(deflater, json(size));
        expect_back(deflater, random_bytes(size, 256));
    }
}

TEST(FastDeflater, StopsTheProgramForMessagesThatItDoesNotTake) {
    FastDeflater deflater;
    const std::string text = json(FastDeflater::kLargestMessage + 1);

    EXPECT_DEATH(compressed(deflater, text), "contract");
    EXPECT_DEATH(compressed(deflater, ""), "contract");
}

TEST(FastDeflater, AddsLittleToWhatCannotBeCompressed) {
    FastDeflater deflater;
    for (const std::size_t size : {100U, 1024U, 8192U}) {
        const std::string noise = random_bytes(size, 256);

        EXPECT_LE(compressed(deflater, noise).size(), size + 16);
    }
}

// The three kinds of blocks (RFC 1951 section 3.2.3), by the bits that tell them.
unsigned block_type(const Buffer& message) {
    return std::to_integer<unsigned>(message.readable()[0]) >> 1 & 3;
}

// RFC 7692 section 7.2.3.1.
TEST(FastDeflater, WritesTheExampleOfTheStandard) {
    FastDeflater deflater;

    const Buffer message = compressed(deflater, "Hello");

    EXPECT_EQ(as_text(message.readable()), std::string_view("\xf2\x48\xcd\xc9\xc9\x07\x00", 7));
}

TEST(FastDeflater, TakesTheShortestKindOfBlock) {
    FastDeflater deflater;

    EXPECT_EQ(block_type(compressed(deflater, random_bytes(500, 256))), 0U);
    EXPECT_EQ(block_type(compressed(deflater, "abc")), 1U);
    EXPECT_EQ(block_type(compressed(deflater, json(500))), 2U);
}

TEST(FastDeflater, GivesBackLongDistancesAndLengths) {
    FastDeflater deflater;
    for (const std::size_t between : {100U, 1000U, 4000U, 7600U}) {
        for (std::size_t length = 4; length <= 290; length += 11) {
            const std::string repeated = random_bytes(length, 200);
            expect_back(deflater, repeated + random_bytes(between, 256) + repeated);
        }
    }
}

// RFC 7692 section 7.1.1: without context takeover no message refers to one before it.
TEST(FastDeflater, CompressesEveryMessageAsIfItWereTheFirst) {
    FastDeflater used;
    for (const std::size_t size : {1024U, 8192U, 64U, 1024U}) {
        FastDeflater fresh;
        const Buffer expected = compressed(fresh, json(size));

        const Buffer message = compressed(used, json(size));

        EXPECT_TRUE(std::ranges::equal(message.readable(), expected.readable())) << size;
    }
}

TEST(FastDeflater, GivesMessagesNotMuchLongerThanZlibsOfJson) {
    FastDeflater deflater;
    for (const std::size_t size : {256U, 1024U, 4096U, 8192U}) {
        Compressor fresh(Compressor::Settings{});
        Buffer expected;
        fresh.compress(as_bytes(json(size)), true, expected);

        const std::size_t length = compressed(deflater, json(size)).size();

        EXPECT_LE(static_cast<double>(length), 1.1 * static_cast<double>(expected.size())) << size;
    }
}

}  // namespace
}  // namespace tautline::deflate
