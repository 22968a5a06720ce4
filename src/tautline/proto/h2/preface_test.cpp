// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/preface.hpp>

#include <cstddef>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>

namespace tautline::h2 {
namespace {

// RFC 9113 section 3.4.
const std::string kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

Preface receive(PrefaceDetector& detector, const std::string& text) {
    const test::ExactCopy copy(as_bytes(text));
    return detector.receive(copy.bytes());
}

TEST(PrefaceDetector, FindsThePreface) {
    PrefaceDetector detector;
    EXPECT_EQ(receive(detector, kPreface), Preface::whole);
}

TEST(PrefaceDetector, FindsThePrefaceBeforeFrames) {
    PrefaceDetector detector;
    EXPECT_EQ(receive(detector, kPreface + "frames"), Preface::whole);
    EXPECT_EQ(as_text(detector.matched()), kPreface);
}

TEST(PrefaceDetector, WaitsAfterEveryPrefix) {
    for (std::size_t size = 0; size < kPreface.size(); ++size) {
        PrefaceDetector detector;
        EXPECT_EQ(receive(detector, kPreface.substr(0, size)), Preface::partial) << size;
        EXPECT_EQ(as_text(detector.matched()), kPreface.substr(0, size));
    }
}

TEST(PrefaceDetector, FindsThePrefaceAtEverySplit) {
    for (std::size_t size = 0; size < kPreface.size(); ++size) {
        PrefaceDetector detector;
        (void)receive(detector, kPreface.substr(0, size));
        EXPECT_EQ(receive(detector, kPreface.substr(size) + "frames"), Preface::whole) << size;
    }
}

TEST(PrefaceDetector, FindsThePrefaceByteByByte) {
    PrefaceDetector detector;
    for (std::size_t i = 0; i + 1 < kPreface.size(); ++i) {
        EXPECT_EQ(receive(detector, kPreface.substr(i, 1)), Preface::partial) << i;
    }
    EXPECT_EQ(receive(detector, kPreface.substr(kPreface.size() - 1)), Preface::whole);
}

TEST(PrefaceDetector, RefusesAnotherByteAnywhere) {
    for (std::size_t i = 0; i < kPreface.size(); ++i) {
        PrefaceDetector detector;
        std::string text = kPreface;
        text[i] = '?';
        EXPECT_EQ(receive(detector, text), Preface::absent) << i;
    }
}

TEST(PrefaceDetector, KeepsWhatMatchedBeforeAnotherByteCame) {
    PrefaceDetector detector;
    (void)receive(detector, "P");

    EXPECT_EQ(receive(detector, "OST / HTTP/1.1\r\n"), Preface::absent);
    EXPECT_EQ(as_text(detector.matched()), "P");
}

}  // namespace
}  // namespace tautline::h2
