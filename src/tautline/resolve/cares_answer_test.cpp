// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_answer.hpp>

#include <string>

#include <ares.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

#include <tautline/io/system_random.hpp>

namespace tautline::resolve {
namespace {

using eyeballs::RecordType;
using namespace std::chrono_literals;

constexpr NegativeTimes kNegative{.otherwise = 10s, .most = 60s};
// a.test, its question of a type, and one record of five bytes' head.
const std::string kQuestion = "0161 0474657374 00";

Brought read(int status, RecordType type, const std::string& message) {
    io::SystemRandom random;
    return read_brought(status, type, test::wire(message), kNegative, random);
}

std::string answer(const std::string& type, const std::string& data) {
    return "0001 8180 0001 0001 0000 0000" + kQuestion + type + "0001 c00c" + type +
           "0001 0000003c" + data;
}

TEST(ReadBrought, TakesAddressesForTheirTime) {
    const auto brought = read(ARES_SUCCESS, RecordType::a, answer("0001", "0004 c0000201"));

    EXPECT_EQ(brought.finding, Finding::exists);
    EXPECT_EQ(brought.lifetime, 60s);
    EXPECT_THAT(std::get<std::vector<IpAddress>>(brought.answer),
                testing::ElementsAre(*IpAddress::parse("192.0.2.1")));
}

TEST(ReadBrought, TakesServicesOfTheNameThatWasAskedFor) {
    const auto brought = read(ARES_SUCCESS, RecordType::https, answer("0041", "0003 0001 00"));

    const auto& records = std::get<std::vector<dns::ServiceRecord>>(brought.answer);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records.front().target, "a.test");
}

TEST(ReadBrought, TellsANameThatIsMissingFromOneWithoutTheType) {
    EXPECT_EQ(read(ARES_ENOTFOUND, RecordType::a, "").finding, Finding::no_such_name);
    EXPECT_EQ(read(ARES_ENODATA, RecordType::a, "").finding, Finding::empty);
    EXPECT_EQ(read(ARES_ENODATA, RecordType::https, "").lifetime, 10s);
}

TEST(ReadBrought, KeepsNoFailure) {
    for (const int status : {ARES_ESERVFAIL, ARES_ETIMEOUT, ARES_EBADNAME}) {
        const auto brought = read(status, RecordType::aaaa, "");
        EXPECT_TRUE(std::holds_alternative<eyeballs::LookupFailed>(brought.answer));
        EXPECT_EQ(brought.finding, Finding::failed);
        EXPECT_EQ(brought.lifetime, 0s);
    }
}

TEST(ReadBrought, FailsOfWhatItCannotRead) {
    EXPECT_EQ(read(ARES_SUCCESS, RecordType::a, "0001").finding, Finding::failed);
    EXPECT_EQ(read(ARES_SUCCESS, RecordType::https, "0001").finding, Finding::failed);
}

}  // namespace
}  // namespace tautline::resolve
