// SPDX-License-Identifier: MIT
#include <tautline/base/error.hpp>

#include <set>

#include <gtest/gtest.h>

namespace tautline {
namespace {

// Every value of an enumeration that begins at 1, up to the first that has no name.
template <typename Enum>
std::set<std::string> names_of() {
    std::set<std::string> names;
    for (int value = 1;; ++value) {
        const auto name = name_for(make_error_code(static_cast<Enum>(value)));
        if (name == "unknown") return names;
        EXPECT_TRUE(names.insert(name).second) << name << " names two errors";
        EXPECT_FALSE(make_error_code(static_cast<Enum>(value)).message().empty());
    }
}

TEST(Error, AUsageErrorHasTheWordsOfItsCodeOrBetterOnes) {
    EXPECT_EQ(usage_error(UsageError::closed).message,
              make_error_code(UsageError::closed).message());
    EXPECT_EQ(usage_error(UsageError::closed, "gone").to_string(), "usage: gone");
}

TEST(Error, EveryUsageErrorHasANameOfItsOwn) { EXPECT_EQ(names_of<UsageError>().size(), 14U); }
TEST(Error, EveryTransportErrorHasANameOfItsOwn) {
    EXPECT_EQ(names_of<TransportError>().size(), 10U);
}
TEST(Error, EveryHandshakeErrorHasANameOfItsOwn) {
    EXPECT_EQ(names_of<HandshakeError>().size(), 9U);
}

TEST(Error, ForeignErrorsAreNamedByCategoryAndValue) {
    EXPECT_EQ(name_for(std::make_error_code(std::errc::connection_refused)),
              "generic." + std::to_string(static_cast<int>(std::errc::connection_refused)));
}

// What another part of the library defines is named like what is defined here.
TEST(Error, NamesComeFromTheCategory) {
    static const class : public ErrorCategory {
        [[nodiscard]] const char* name() const noexcept override { return "tautline.test"; }
        [[nodiscard]] std::string message(int) const override { return "no way"; }
        [[nodiscard]] std::string_view name_of(int value) const noexcept override {
            return value == 7 ? "seven" : "unknown";
        }
    } category;

    EXPECT_EQ(name_for(std::error_code(7, category)), "seven");
    EXPECT_EQ(name_for(std::error_code(8, category)), "unknown");
}

TEST(Error, OursAreEquivalentToTheirOwnConditionOnly) {
    const std::error_code code = UsageError::closed;
    EXPECT_EQ(code, std::error_condition(code.value(), usage_category()));
    EXPECT_NE(code, std::error_condition(code.value() + 1, usage_category()));
    EXPECT_NE(code, std::errc::not_connected);
}

TEST(Error, CodesCompareWithTheirEnumerators) {
    const std::error_code code = UsageError::closed;
    EXPECT_EQ(code, UsageError::closed);
    EXPECT_NE(code, make_error_code(TransportError::resolve_failed));
    EXPECT_STREQ(code.category().name(), "tautline.usage");
    EXPECT_STREQ(transport_category().name(), "tautline.transport");
    EXPECT_STREQ(handshake_category().name(), "tautline.handshake");
}

TEST(Error, ValuesOutsideTheEnumerationsDoNoHarm) {
    for (const int value : {200, 256 + 1, -1}) {
        EXPECT_EQ(std::error_code(value, usage_category()).message(), "unknown error");
        EXPECT_EQ(std::error_code(value, transport_category()).message(), "unknown error");
        EXPECT_EQ(std::error_code(value, handshake_category()).message(), "unknown error");
    }
}

TEST(Error, EveryPhaseHasAName) {
    std::set<std::string_view> names;
    for (int phase = 0; phase <= static_cast<int>(Phase::session); ++phase) {
        names.insert(name_for(static_cast<Phase>(phase)));
    }
    EXPECT_EQ(names, (std::set<std::string_view>{"usage", "resolve", "connect", "proxy", "tls",
                                                 "handshake", "session"}));
    EXPECT_EQ(name_for(static_cast<Phase>(99)), "unknown");
}

TEST(Error, SaysPhaseEndpointAndMessageInALine) {
    const Error error{.code = TransportError::tls_failed,
                      .phase = Phase::tls,
                      .endpoint = "example.org:443",
                      .message = "it does not speak TLS"};
    EXPECT_EQ(error.to_string(), "tls: example.org:443: it does not speak TLS");
}

TEST(Error, SaysTheMessageOfItsCodeWhenItHasNoneOfItsOwn) {
    const Error error{.code = UsageError::closed, .phase = Phase::session};
    EXPECT_EQ(
        error.to_string(),
        "session: the connection is closing or closed, so nothing more can be sent; connect again");
}

}  // namespace
}  // namespace tautline
