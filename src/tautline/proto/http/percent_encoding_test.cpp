// SPDX-License-Identifier: MIT
#include <tautline/proto/http/percent_encoding.hpp>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::http {
namespace {

TEST(PercentEncoding, DecodesEscapesAndLeavesTheRest) {
    EXPECT_EQ(decode_percent("a%20b%2Fc%c3%A9+"), "a b/c\xc3\xa9+");
    EXPECT_EQ(decode_percent(""), "");
    EXPECT_EQ(decode_percent("%00"), std::string(1, '\0'));
}

TEST(PercentEncoding, RefusesACutOrBrokenEscape) {
    for (const char* bad : {"%", "%4", "a%", "%4g", "%g4", "%%41", "% 1"}) {
        const test::ExactCopy copy(as_bytes(bad));
        EXPECT_EQ(decode_percent(as_text(copy.bytes())), std::nullopt) << bad;
    }
}

TEST(PercentEncoding, LenientlyAnEscapeThatIsNoneStandsForItself) {
    for (const char* text : {"%", "%4", "a%", "%4g", "%g4", "% 1"}) {
        const test::ExactCopy copy(as_bytes(text));
        EXPECT_EQ(decode_percent_leniently(as_text(copy.bytes())), text);
    }
    EXPECT_EQ(decode_percent_leniently("100%%41%2541"), "100%A%41");
}

// RFC 3986 section 6.2.2.2.
TEST(PercentEncoding, NormallyUnreservedBytesStandForThemselves) {
    EXPECT_EQ(normal_escapes("%68ea%4Cth%39%2d%2E%5f%7e"), "heaLth9-._~");
    EXPECT_EQ(normal_escapes("plain"), "plain");
}

// RFC 3986 section 6.2.2.1.
TEST(PercentEncoding, NormallyOtherEscapesHaveCapitals) {
    EXPECT_EQ(normal_escapes("a%2fb%3f%20%c3%A4"), "a%2Fb%3F%20%C3%A4");
}

TEST(PercentEncoding, NormallyWhatWasDecodedIsNotDecodedAgain) {
    EXPECT_EQ(normal_escapes("%2541"), "%2541");
    EXPECT_EQ(normal_escapes("%25%34%31"), "%2541");
}

TEST(PercentEncoding, NormallyATextWithABadEscapeStaysAsItIs) {
    for (const char* text : {"%", "%4", "a%", "%4g", "%g4", "% 1", "%%32Fx", "%2%46x", "%%34%31"}) {
        const test::ExactCopy copy(as_bytes(text));
        EXPECT_EQ(normal_escapes(as_text(copy.bytes())), text);
    }
}

TEST(PercentEncoding, DecodesOnce) { EXPECT_EQ(decode_percent("%2541"), "%41"); }

}  // namespace
}  // namespace tautline::http
