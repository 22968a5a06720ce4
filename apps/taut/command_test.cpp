// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command.hpp"
#include "tests/support/wire.hpp"

namespace tautline::taut {
namespace {

using testing::HasSubstr;

template <typename T>
T parsed(std::string_view line) {
    return std::get<T>(parse_command(line).value());
}

std::string refusal(std::string_view line) {
    const auto command = parse_command(line);
    return command ? "it was accepted" : command.error();
}

TEST(Command, AnyOtherLineIsAText) {
    EXPECT_EQ(parsed<SendText>("hello / you").text, "hello / you");
}

TEST(Command, TwoSlashesSendATextThatBeginsWithOne) {
    EXPECT_EQ(parsed<SendText>("//ping").text, "/ping");
}

TEST(Command, BinTakesHexadecimalDigits) {
    EXPECT_EQ(parsed<SendBinary>("/bin 00 ff").bytes, test::wire("00 ff"));
    EXPECT_THAT(refusal("/bin 0"), HasSubstr("pairs"));
}

TEST(Command, FileTakesAPathWithBlanks) {
    EXPECT_EQ(parsed<SendFile>("/file my file.bin").path, "my file.bin");
    EXPECT_THAT(refusal("/file"), HasSubstr("path"));
}

TEST(Command, PingAndPongMayHaveAPayload) {
    EXPECT_EQ(parsed<SendPing>("/ping").payload, "");
    EXPECT_EQ(parsed<SendPing>("/ping  are you there").payload, "are you there");
    EXPECT_EQ(parsed<SendPong>("/pong x").payload, "x");
}

TEST(Command, APingPayloadHasAtMost125Bytes) {
    EXPECT_EQ(parsed<SendPing>("/ping " + std::string(125, 'x')).payload.size(), 125U);
    EXPECT_THAT(refusal("/ping " + std::string(126, 'x')), HasSubstr("125"));
}

TEST(Command, CloseMayHaveACodeAndAReason) {
    EXPECT_EQ(parsed<CloseNow>("/close").code, CloseCode::normal);
    const auto close = parsed<CloseNow>("/close 4001 see you");
    EXPECT_EQ(close.code, CloseCode{4001});
    EXPECT_EQ(close.reason, "see you");
}

TEST(Command, ACloseCodeThatNeverTravelsIsRefused) {
    EXPECT_THAT(refusal("/close 1005"), HasSubstr("may not be sent"));
    EXPECT_THAT(refusal("/close 1006"), HasSubstr("may not be sent"));
}

TEST(Command, ACloseCodeIsANumber) {
    EXPECT_THAT(refusal("/close now"), HasSubstr("/close 1000 bye"));
    EXPECT_THAT(refusal("/close 70000"), HasSubstr("/close 1000 bye"));
}

TEST(Command, ACloseReasonHasAtMost123Bytes) {
    EXPECT_THAT(refusal("/close 1000 " + std::string(124, 'x')), HasSubstr("123"));
}

TEST(Command, WhatOnlyShowsTakesNothing) {
    (void)parsed<ShowHeaders>("/headers");
    (void)parsed<ShowStats>("/stats");
    (void)parsed<ShowHelp>("/help");
}

TEST(Command, AnUnknownCommandIsToldOfAndNotSent) {
    EXPECT_THAT(refusal("/quit\x1b"), HasSubstr("no command /quit\\e"));
}

TEST(Command, TheHelpNamesEveryCommand) {
    for (const auto* name : {"/bin", "/file", "/ping", "/pong", "/close", "/headers", "/stats"}) {
        EXPECT_THAT(kCommandHelp, HasSubstr(name));
    }
}

}  // namespace
}  // namespace tautline::taut
