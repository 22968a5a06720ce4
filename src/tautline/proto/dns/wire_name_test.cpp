// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/wire_name.hpp>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::dns {
namespace {

using test::wire;

std::optional<WireName> read(std::string_view hex, std::size_t offset = 0,
                             Compression compression = Compression::allowed) {
    return read_name(wire(hex), offset, compression);
}

TEST(WireName, ReadsLabels) {
    const auto name = read("03 777777 | 07 4578616d706c65 | 00 ff");

    ASSERT_TRUE(name);
    EXPECT_EQ(name->text, "www.example");
    EXPECT_EQ(name->size, 13U);
}

TEST(WireName, ReadsTheRoot) {
    EXPECT_EQ(read("00")->text, "");
    EXPECT_EQ(read("00")->size, 1U);
}

TEST(WireName, FollowsAPointerBackwards) {
    const auto name = read("01 61 00 | 01 62 c000", 3);

    ASSERT_TRUE(name);
    EXPECT_EQ(name->text, "b.a");
    EXPECT_EQ(name->size, 4U);
}

TEST(WireName, FollowsPointersFromPointerToPointer) {
    const auto name = read("01 61 00 | 01 62 c000 | 01 63 c003", 7);

    ASSERT_TRUE(name);
    EXPECT_EQ(name->text, "c.b.a");
    EXPECT_EQ(name->size, 4U);
}

TEST(WireName, RefusesAPointerThatIsCutOff) { EXPECT_FALSE(read("01 61 00 | 01 62 c0", 3)); }

TEST(WireName, RefusesPointersThatDoNotEnd) {
    EXPECT_FALSE(read("c000"));
    EXPECT_FALSE(read("01 61 c000"));
    EXPECT_FALSE(read("01 61 c002 c000", 4));
    EXPECT_FALSE(read("0161 c004 00"));
}

TEST(WireName, RefusesPointersWhereThereIsNoCompression) {
    EXPECT_FALSE(read("01 61 00 | 01 62 c000", 3, Compression::refused));
}

TEST(WireName, RefusesEveryPrefix) {
    const auto whole = wire("03 777777 | 01 61 | 00");
    for (std::size_t size = 0; size < whole.size(); ++size) {
        EXPECT_FALSE(read_name(Bytes(whole).first(size), 0, Compression::allowed)) << size;
    }
}

TEST(WireName, ReadsTheFirstAndTheLastOfEveryRangeInLowerCase) {
    EXPECT_EQ(read("08 617a415a30392d5f 00")->text, "azaz09-_");
}

TEST(WireName, RefusesWhatStandsBesideTheRanges) {
    for (const auto* byte : {"2f", "3a", "40", "5b", "60", "7b"}) {
        EXPECT_FALSE(read(std::string("01") + byte + "00")) << byte;
    }
}

TEST(WireName, RefusesBytesThatNoHostHas) {
    EXPECT_FALSE(read("01 20 00"));
    EXPECT_FALSE(read("01 2e 00"));
    EXPECT_FALSE(read("01 c3 00"));
    EXPECT_FALSE(read("40 61 00"));
}

TEST(WireName, HoldsNamesTo253Characters) {
    const auto name_of = [](std::size_t last) {
        std::string hex;
        for (int i = 0; i < 3; ++i) {
            hex += "3f";
            for (int j = 0; j < 63; ++j) hex += "61";
        }
        hex += std::string("3") + "0123456789abcdef"[last % 16];
        for (std::size_t j = 0; j < 48 + last % 16; ++j) hex += "61";
        return hex + "00";
    };
    EXPECT_EQ(read(name_of(13))->text.size(), 253U);
    EXPECT_FALSE(read(name_of(14)));
}

}  // namespace
}  // namespace tautline::dns
