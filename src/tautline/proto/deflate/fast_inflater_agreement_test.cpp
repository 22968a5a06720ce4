// SPDX-License-Identifier: MIT
// Whatever the fast inflater knows, zlib says too; and it knows all that zlib makes.
#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/zlib_deflate.hpp>
#include <zlib.h>

#include <tautline/base/buffer.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/deflate/decompressor.hpp>
#include <tautline/proto/deflate/fast_deflater.hpp>
#include <tautline/proto/deflate/fast_inflater.hpp>

namespace tautline::deflate {
namespace {

using test::deflated;

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
    return text.substr(0, size);
}

// Each symbol about as often as all rarer ones together: the codes get long.
std::string uneven(std::size_t size) {
    std::mt19937 random(3);
    std::string text(size, '\0');
    for (char& each : text) each = static_cast<char>('a' + std::countr_zero(random() | 1U << 20));
    std::ranges::shuffle(text, random);
    return text;
}

const std::array kContents{random_bytes(4000, 256), random_bytes(4000, 12), json(4000),
                           uneven(4000), std::string(4000, 'a')};

void expect_back(FastInflater& inflater, std::string_view text, const test::Deflated& how) {
    const auto message = deflated(text, how);
    const auto inflated = inflater.inflate(message);
    ASSERT_TRUE(inflated) << text.size();
    ASSERT_TRUE(as_text(*inflated) == text) << text.size();
}

TEST(FastInflaterAgreement, GivesBackEverySizeOfEveryKind) {
    FastInflater inflater;
    for (std::size_t size = 0; size <= 2000; ++size) {
        for (const std::string_view content : kContents) {
            expect_back(inflater, content.substr(0, size), {.level = 6});
        }
    }
}

TEST(FastInflaterAgreement, GivesBackWhatEveryLevelAndStrategyMake) {
    FastInflater inflater;
    for (int level = 0; level <= 9; ++level) {
        for (const int strategy :
             {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
            // Memory for 128 symbols makes many blocks.
            for (const int memory_level : {1, 9}) {
                for (std::size_t size = 1; size <= 2000; size += size / 4 + 1) {
                    for (const std::string_view content : kContents) {
                        expect_back(inflater, content.substr(0, size),
                                    {level, memory_level, strategy});
                    }
                }
            }
        }
    }
}

TEST(FastInflaterAgreement, GivesBackWhatTheFastDeflaterMakes) {
    FastInflater inflater;
    FastDeflater deflater;
    for (std::size_t size = 1; size <= 2000; ++size) {
        for (const std::string_view content : kContents) {
            Buffer message;
            deflater.compress(as_bytes(content.substr(0, size)), message);
            const auto inflated = inflater.inflate(message.readable());
            ASSERT_TRUE(inflated) << size;
            ASSERT_TRUE(as_text(*inflated) == content.substr(0, size)) << size;
        }
    }
}

// Compares a message that may be broken; whether it was known.
class Comparison {
public:
    bool knows(Bytes message) {
        const std::vector<std::byte> exact(message.begin(), message.end());
        const auto inflated = inflater_.inflate(exact);
        if (!inflated) return false;
        Decompressor zlib({.context_takeover = false});
        Buffer out;
        EXPECT_TRUE(zlib.inflate(exact, true, FastInflater::kLargestOutput, out));
        EXPECT_TRUE(std::ranges::equal(*inflated, out.readable()));
        return true;
    }

private:
    FastInflater inflater_;
};

std::vector<std::vector<std::byte>> some_messages() {
    return {deflated(json(300)),
            deflated(json(1000)),
            deflated(json(200), {.strategy = Z_FIXED}),
            deflated(uneven(2000)),
            deflated(random_bytes(600, 256)),
            deflated(random_bytes(900, 5), {.memory_level = 1}),
            deflated(std::string(5000, 'a') + json(20))};
}

TEST(FastInflaterAgreement, L03_KnowsNothingOfWhatIsCutThatZlibDoesNotSay) {
    Comparison comparison;
    for (const auto& message : some_messages()) {
        ASSERT_TRUE(comparison.knows(message));
        for (std::size_t length = 0; length < message.size(); ++length) {
            comparison.knows(Bytes(message).first(length));
            comparison.knows(Bytes(message).subspan(message.size() - length));
        }
    }
}

TEST(FastInflaterAgreement, L03_SaysOfWrongBitsOnlyWhatZlibSays) {
    Comparison comparison;
    for (auto message : some_messages()) {
        std::size_t known = 0;
        for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
            const auto flip = std::byte{1} << bit % 8;
            message[bit / 8] ^= flip;
            if (comparison.knows(message)) ++known;
            message[bit / 8] ^= flip;
        }
        EXPECT_GT(known, 0U) << "a literal is another, and the rest is right";
    }
}

TEST(FastInflaterAgreement, L03_SaysOfWrongBytesOnlyWhatZlibSays) {
    Comparison comparison;
    std::mt19937 random(11);
    for (const auto& message : some_messages()) {
        for (int round = 0; round < 2000; ++round) {
            auto wrong = message;
            for (std::size_t count = 1 + random() % 3; count > 0; --count) {
                // Most of them where the codes are described.
                const std::size_t end = random() % 3 == 0 ? wrong.size() : 60;
                wrong[random() % std::min(end, wrong.size())] = static_cast<std::byte>(random());
            }
            comparison.knows(wrong);
        }
    }
}

}  // namespace
}  // namespace tautline::deflate
