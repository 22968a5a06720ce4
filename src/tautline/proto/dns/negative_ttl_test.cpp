// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/negative_ttl.hpp>

#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::dns {
namespace {

using test::wire;

// An answer to a question for "a": a CNAME, then a record of the authority.
std::vector<std::byte> answer(const std::string& authority) {
    return wire(
        "1234 8183 0001 0001 0001 0000 | 01 61 00 0041 0001 | c00c 0005 0001 00000e10 0003 "
        "01 62 00 | " +
        authority);
}
std::string soa(const std::string& ttl, const std::string& minimum) {
    return "00 0006 0001 " + ttl + " 0018 | 01 6e 00 00 00000001 00000e10 00000258 00015180 " +
           minimum;
}

TEST(NegativeTtl, IsTheMinimumOfTheSoa) {
    EXPECT_EQ(read_negative_ttl(answer(soa("00000e10", "0000001e"))), 30U);
}

TEST(NegativeTtl, IsTheTimeOfTheSoaWhereThatIsLess) {
    EXPECT_EQ(read_negative_ttl(answer(soa("00000007", "0000001e"))), 7U);
}

TEST(NegativeTtl, IsNotSaidWithoutAnSoa) {
    EXPECT_FALSE(read_negative_ttl(answer("00 0002 0001 00000e10 0001 00")));
    EXPECT_FALSE(read_negative_ttl(answer("00 0006 0001 00000e10 0003 000000")));
}

TEST(NegativeTtl, IsNotSaidByAnyPrefix) {
    const auto whole = answer(soa("00000e10", "0000001e"));
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> prefix(whole.begin(),
                                            whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(read_negative_ttl(prefix)) << size;
    }
}

TEST(NegativeTtl, IsLookedForInTheFirst64Records) {
    for (const std::size_t others : {63U, 64U}) {
        std::string hex = "1234 8183 0000 0000 00";
        hex += others == 63 ? "40" : "41";
        hex += " 0000";
        for (std::size_t i = 0; i < others; ++i) hex += "00 0001 0001 00000000 0000";
        EXPECT_EQ(read_negative_ttl(wire(hex + soa("00000e10", "0000001e"))).has_value(),
                  others == 63);
    }
}

}  // namespace
}  // namespace tautline::dns
