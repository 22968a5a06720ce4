// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/service_answer.hpp>

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::dns {
namespace {

using test::wire;
using testing::ElementsAre;

const std::string kExample = "07 6578616d706c65 03 636f6d 00 ";  // example.com

std::string u16(std::size_t value) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const int shift : {12, 8, 4, 0}) hex += kDigits[(value >> shift) & 15U];
    return hex + " ";
}

std::string record(const std::string& owner, int type, const std::string& data,
                   std::size_t ttl = 300) {
    return owner + u16(static_cast<std::size_t>(type)) + "0001 0000 " + u16(ttl) +
           u16(wire(data).size()) + data + " ";
}

// A response with a question for example.com and these answers.
std::vector<std::byte> response(const std::vector<std::string>& answers,
                                const char* flags = "8180") {
    std::string hex = "1234 " + std::string(flags) + " 0001 " + u16(answers.size()) + "0000 0000 " +
                      kExample + "0041 0001 ";
    for (const auto& answer : answers) hex += answer;
    return wire(hex);
}

ServiceAnswer read(const std::vector<std::string>& answers) {
    return *read_service_answer(response(answers), "Example.com");
}
ServiceAnswer read_one(const std::string& data) { return read({record(kExample, 65, data)}); }

TEST(ServiceAnswer, ReadsTheVectorsOfTheStandard) {
    // RFC 9460 appendix D.2: figures 3 to 8, with keys that are known.
    EXPECT_EQ(read_one("0010 03666f6f 076578616d706c65 03636f6d 00 | 0003 0002 0035")
                  .records.front()
                  .port,
              53);
    EXPECT_EQ(read_one("0001 03666f6f 076578616d706c65 03636f6d 00 | 029b 0005 68656c6c6f")
                  .records.front()
                  .target,
              "foo.example.com");
    const auto hints = read_one(
        "0001 03666f6f 076578616d706c65 03636f6d 00 | 0006 0020 "
        "20010db8000000000000000000000001 20010db8000000000000000000530001");
    EXPECT_THAT(hints.records.front().ipv6_hints,
                ElementsAre(*IpAddress::parse("2001:db8::1"), *IpAddress::parse("2001:db8::53:1")));
    const auto mandatory = read_one(
        "0010 03666f6f 076578616d706c65 036f7267 00 | 0000 0004 0001 0004 | 0001 0009 02 6832 05 "
        "68332d3139 | 0004 0004 c0000201");
    EXPECT_THAT(mandatory.records.front().alpn, ElementsAre("h2", "h3-19", "http/1.1"));
    EXPECT_THAT(mandatory.records.front().ipv4_hints, ElementsAre(*IpAddress::parse("192.0.2.1")));
}

TEST(ServiceAnswer, ReadsAnAlias) {
    // Figure 2.
    const auto answer = read_one("0000 03666f6f 076578616d706c65 03636f6d 00");

    EXPECT_THAT(answer.aliases, ElementsAre("foo.example.com"));
    EXPECT_TRUE(answer.records.empty());
}

TEST(ServiceAnswer, TellsEveryAlias) {
    const auto answer =
        read({record(kExample, 65, "0000 01 61 00"), record(kExample, 65, "0001 01 63 00"),
              record(kExample, 65, "0000 01 62 00")});

    EXPECT_THAT(answer.aliases, ElementsAre("a", "b"));
    EXPECT_TRUE(answer.records.empty());
}

TEST(ServiceAnswer, LeavesTheChoiceOfAnAliasToChance) {
    struct Chance final : RandomBytes {
        explicit Chance(std::byte last) : value(last) {}
        void fill(MutableBytes out) override { out.back() = value; }
        std::byte value;
    };
    const std::vector<std::string> aliases{"a", "b", "c"};
    for (const unsigned drawn : {0U, 1U, 2U, 3U}) {
        Chance chance{std::byte(drawn)};
        EXPECT_EQ(choose_alias(aliases, chance), aliases[drawn % 3]);
    }
}

TEST(ServiceAnswer, TakesAnAliasToTheRootForNone) {
    EXPECT_TRUE(read_one("0000 00").aliases.empty());
}

TEST(ServiceAnswer, TakesTheRootForTheOwnerItself) {
    EXPECT_EQ(read_one("0001 00").records.front().target, "example.com");
}

TEST(ServiceAnswer, SortsByPriorityAndKeepsTheLowestTtl) {
    const auto answer = read(
        {record(kExample, 65, "0002 01 62 00", 200), record(kExample, 65, "0001 01 61 00", 100)});

    EXPECT_EQ(answer.records[0].target, "a");
    EXPECT_EQ(answer.records[1].target, "b");
    EXPECT_EQ(answer.ttl_seconds, 100U);
}

TEST(ServiceAnswer, FollowsCnames) {
    const auto answer =
        read({record(kExample, 5, "01 62 00", 50), record("01 62 00", 65, "0001 00")});

    ASSERT_EQ(answer.records.size(), 1U);
    EXPECT_EQ(answer.records.front().target, "b");
    EXPECT_EQ(answer.ttl_seconds, 50U);
}

TEST(ServiceAnswer, EndsALoopOfCnames) {
    EXPECT_TRUE(read({record(kExample, 5, kExample)}).records.empty());
}

TEST(ServiceAnswer, LeavesOutARecordWithAMandatoryKeyThatIsNotKnown) {
    const auto answer = read({record(kExample, 65, "0001 00 | 0000 0002 0007 | 0007 0000"),
                              record(kExample, 65, "0002 01 62 00")});

    ASSERT_EQ(answer.records.size(), 1U);
    EXPECT_EQ(answer.records.front().target, "b");
}

TEST(ServiceAnswer, CannotDoEchThatIsMandatory) {
    EXPECT_TRUE(read_one("0001 00 | 0000 0002 0005 | 0005 0001 aa").records.empty());
    EXPECT_THAT(read_one("0001 00 | 0005 0001 aa").records.front().ech, ElementsAre(0xaa));
}

TEST(ServiceAnswer, TakesTheDefaultProtocolAway) {
    EXPECT_THAT(read_one("0001 00 | 0001 0003 02 6832 | 0002 0000").records.front().alpn,
                ElementsAre("h2"));
}

TEST(ServiceAnswer, LeavesOutEverythingForOneMalformedRecord) {
    const std::string good = record(kExample, 65, "0001 00");
    for (const auto* bad : {
             "0001",                                            // no target
             "0001 c00c",                                       // a compressed target
             "0001 00 | 0003",                                  // no length
             "0001 00 | 0003 0002 00",                          // ends early
             "0001 00 | 0003 0001 00",                          // a port of one byte
             "0001 00 | 0003 0003 000000",                      // of three
             "0001 00 | 0003 0002 0035 | 0003 0002 0035",       // twice
             "0001 00 | 0003 0002 0035 | 0001 0003 02 6832",    // out of order
             "0001 00 | 0001 0000",                             // no protocol
             "0001 00 | 0001 0001 00",                          // an empty one
             "0001 00 | 0001 0002 02 68",                       // one that ends early
             "0001 00 | 0002 0000",                             // no-default-alpn alone
             "0001 00 | 0001 0003 02 6832 | 0002 0001 00",      // with a value
             "0001 00 | 0004 0000",                             // no hint
             "0001 00 | 0004 0005 c000020100",                  // a hint and a bit
             "0001 00 | 0006 0004 c0000201",                    // a short hint
             "0001 00 | 0005 0000",                             // no ECH config
             "0001 00 | 0000 0000",                             // nothing mandatory
             "0001 00 | 0000 0003 000100",                      // a key and a half
             "0001 00 | 0000 0002 0001",                        // a key that is not there
             "0001 00 | 0000 0002 0000",                        // itself
             "0001 00 | 0000 0004 0003 0003 | 0003 0002 0035",  // twice
         }) {
        EXPECT_TRUE(read({good, record(kExample, 65, bad)}).records.empty()) << bad;
    }
}

TEST(ServiceAnswer, IgnoresWhatIsNotAboutTheName) {
    EXPECT_TRUE(read({record("01 62 00", 65, "0001 00")}).records.empty());
    EXPECT_TRUE(read({record(kExample, 1, "7f000001")}).records.empty());
    EXPECT_TRUE(read({}).records.empty());
}

TEST(ServiceAnswer, TakesAMissingNameForNoRecords) {
    EXPECT_TRUE(read_service_answer(response({}, "8183"), "example.com")->records.empty());
}

TEST(ServiceAnswer, TellsAFailureOfTheServer) {
    EXPECT_EQ(read_service_answer(response({}, "8182"), "example.com").error(),
              MessageError::server_failure);
    EXPECT_FALSE(message_for(MessageError::server_failure).empty());
}

TEST(ServiceAnswer, RefusesEveryPrefixAndAQuery) {
    const auto whole = response({record(kExample, 65, "0001 00 | 0003 0002 0035")});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const std::vector<std::byte> prefix(whole.begin(),
                                            whole.begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_EQ(read_service_answer(prefix, "example.com").error(), MessageError::malformed);
    }
    EXPECT_FALSE(read_service_answer(response({}, "0100"), "example.com"));
    EXPECT_FALSE(message_for(MessageError::malformed).empty());
}

TEST(ServiceAnswer, ReadsTheFirst64Records) {
    const std::vector<std::string> many(65, record(kExample, 65, "0001 00"));
    EXPECT_EQ(read(many).records.size(), 64U);
}

TEST(ServiceAnswer, Follows16CnamesAtMost) {
    const auto behind = [](std::size_t cnames) {
        std::vector<std::string> answers;
        std::string owner = kExample;
        for (std::size_t i = 0; i < cnames; ++i) {
            const std::string next = "02 61" + u16(0x6161 + i).substr(2, 2) + " 00 ";
            answers.push_back(record(std::exchange(owner, next), 5, next));
        }
        answers.push_back(record(owner, 65, "0001 00"));
        return read(answers).records.size();
    };
    EXPECT_EQ(behind(16), 1U);
    EXPECT_EQ(behind(17), 0U);
}

TEST(ServiceAnswer, BoundsHintsAndProtocols) {
    std::string hints;
    for (int i = 0; i < 9; ++i) hints += "c0000201 ";
    EXPECT_EQ(read_one("0001 00 | 0004 0024 " + hints).records.front().ipv4_hints.size(), 8U);
    std::string protocols;
    for (int i = 0; i < 17; ++i) protocols += "01 61 ";
    EXPECT_EQ(read_one("0001 00 | 0001 0022 " + protocols).records.front().alpn.size(), 17U);
}

}  // namespace
}  // namespace tautline::dns
