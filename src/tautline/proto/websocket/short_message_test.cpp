// SPDX-License-Identifier: MIT
#include <tautline/proto/websocket/short_message.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::websocket {
namespace {

using test::wire;

// What is taken off the front of `bytes`, and what is left there.
struct Taken {
    Taken(std::string_view bytes, Role local, std::uint64_t most = 1024)
        : memory(wire(bytes)), rest(memory), message(take_short_message(rest, local, most)) {}

    [[nodiscard]] bool nothing() const { return !message && rest.size() == memory.size(); }

    std::vector<std::byte> memory;
    MutableBytes rest;
    std::optional<ShortMessage> message;
};

// RFC 6455 section 5.7 has the frames of "Hello".
constexpr std::string_view kMaskedHello = "81 85 | 37fa213d | 7f9f4d5158";
constexpr std::string_view kHello = "81 05 | 48656c6c6f";

TEST(ShortMessage, IsUnmaskedWhereItLies) {
    const Taken taken(std::string(kMaskedHello) + " 82", Role::server);

    ASSERT_TRUE(taken.message);
    EXPECT_EQ(taken.message->type, MessageType::text);
    EXPECT_EQ(as_text(taken.message->payload), "Hello");
    EXPECT_EQ(taken.message->payload.data(), taken.memory.data() + 6);
    EXPECT_EQ(taken.rest.size(), 1U);
}

TEST(ShortMessage, ComesUnmaskedFromAServer) {
    const Taken taken(kHello, Role::client);

    ASSERT_TRUE(taken.message);
    EXPECT_EQ(as_text(taken.message->payload), "Hello");
    EXPECT_TRUE(taken.rest.empty());
}

TEST(ShortMessage, MayBeBinaryAndEmpty) {
    const Taken taken("82 00", Role::client);

    ASSERT_TRUE(taken.message);
    EXPECT_EQ(taken.message->type, MessageType::binary);
    EXPECT_TRUE(taken.message->payload.empty());
}

TEST(ShortMessage, HoldsUpTo125Bytes) {
    const auto frame = [](std::string_view length, std::size_t bytes) {
        std::string text = "82 " + std::string(length);
        for (std::size_t i = 0; i < bytes; ++i) text += " 61";
        return text;
    };

    EXPECT_EQ(Taken(frame("7d", 125), Role::client).message->payload.size(), 125U);
    EXPECT_TRUE(Taken(frame("7e 007e", 126), Role::client).nothing());
}

TEST(ShortMessage, IsLeftAloneUntilItIsWhole) {
    const auto whole = wire(kMaskedHello);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        test::ExactCopy copy(Bytes(whole).first(size));
        MutableBytes input = copy.bytes();

        EXPECT_FALSE(take_short_message(input, Role::server, 1024)) << size;
        EXPECT_EQ(input.size(), size);
    }
}

TEST(ShortMessage, IsNothingLongerThanTheLimit) {
    EXPECT_TRUE(Taken(kHello, Role::client, 4).nothing());
    EXPECT_FALSE(Taken(kHello, Role::client, 5).nothing());
}

TEST(ShortMessage, LeavesEveryOtherFrameToTheReader) {
    for (unsigned first = 0; first <= 0xff; ++first) {
        std::vector<std::byte> memory = wire("00 01 | 61");
        memory[0] = static_cast<std::byte>(first);
        MutableBytes input = memory;
        const bool taken = take_short_message(input, Role::client, 1024).has_value();
        EXPECT_EQ(taken, first == 0x81 || first == 0x82) << first;
    }
}

TEST(ShortMessage, LeavesTheWrongMaskingToTheReader) {
    EXPECT_TRUE(Taken(kHello, Role::server).nothing());
    EXPECT_TRUE(Taken(kMaskedHello, Role::client).nothing());
}

}  // namespace
}  // namespace tautline::websocket
