// SPDX-License-Identifier: MIT
#include <tautline/proto/dns/record_reader.hpp>

#include <gtest/gtest.h>
#include <tests/support/wire.hpp>

namespace tautline::dns {
namespace {

using test::wire;

// A question for "a", and an address of it.
constexpr auto kMessage =
    "1234 8180 0001 0002 0003 0000 | 01 41 00 0001 0001 | c00c 0001 0001 00000e10 0004 c0000201";

TEST(RecordReader, ReadsTheHeader) {
    const auto header = read_header(wire(kMessage));

    ASSERT_TRUE(header);
    EXPECT_EQ(header->flags, 0x8180U);
    EXPECT_EQ(header->questions, 1U);
    EXPECT_EQ(header->answers, 2U);
    EXPECT_EQ(header->authorities, 3U);
}

TEST(RecordReader, ReadsNoHeaderThatIsCutOff) {
    EXPECT_TRUE(read_header(wire("1234 8180 0001 0002 0003 0000")));
    EXPECT_FALSE(read_header(wire("1234 8180 0001 0002 0003 00")));
}

TEST(RecordReader, SkipsQuestions) {
    EXPECT_EQ(skip_questions(wire(kMessage), 0), 12U);
    EXPECT_EQ(skip_questions(wire(kMessage), 1), 19U);
}

TEST(RecordReader, SkipsNoQuestionThatIsCutOff) {
    const auto message = wire(kMessage);
    for (std::size_t size = 12; size < 19; ++size) {
        EXPECT_FALSE(skip_questions(Bytes(message).first(size), 1)) << size;
    }
}

TEST(RecordReader, ReadsARecord) {
    const auto message = wire(kMessage);
    std::size_t at = 19;

    const auto record = read_record(message, at);

    ASSERT_TRUE(record);
    EXPECT_EQ(record->owner, "a");
    EXPECT_EQ(record->type, 1U);
    EXPECT_EQ(record->ttl, 3600U);
    EXPECT_EQ(record->data_at, 31U);
    EXPECT_EQ(record->data.data(), message.data() + 31);
    EXPECT_EQ(record->data.size(), 4U);
    EXPECT_EQ(at, message.size());
}

TEST(RecordReader, ReadsNoRecordThatIsCutOff) {
    const auto message = wire(kMessage);
    for (std::size_t size = 19; size < message.size(); ++size) {
        std::size_t at = 19;
        EXPECT_FALSE(read_record(Bytes(message).first(size), at)) << size;
        EXPECT_EQ(at, 19U);
    }
}

TEST(RecordReader, KnowsTypesOfTheInternetOnly) {
    std::size_t at = 0;
    EXPECT_EQ(read_record(wire("00 0001 0003 00000000 0000"), at)->type, 0U);
}

}  // namespace
}  // namespace tautline::dns
