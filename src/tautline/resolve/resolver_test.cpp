// SPDX-License-Identifier: MIT
#include <tautline/resolve/resolver.hpp>

#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>

namespace tautline::resolve {
namespace {

using eyeballs::Answer;
using eyeballs::RecordType;
using testing::ElementsAre;

struct Asking {
    std::unique_ptr<io::Operation> ask(const std::string& name, RecordType type) {
        return resolver.ask(loop, {.id = {}, .name = name, .type = type, .allow_stale = false},
                            [this](Answer got, eyeballs::Freshness) { answer = std::move(got); });
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    StaticResolver resolver;
    std::optional<Answer> answer;
};

TEST(StaticResolver, SortsAddressesByTheirFamily) {
    Asking asking;
    asking.resolver.add("a", {*IpAddress::parse("192.0.2.1"), *IpAddress::parse("::1")});
    const auto operation = asking.ask("a", RecordType::aaaa);
    EXPECT_FALSE(asking.answer);

    test::run_ready(asking.context);

    EXPECT_THAT(std::get<std::vector<IpAddress>>(*asking.answer),
                ElementsAre(*IpAddress::parse("::1")));
}

TEST(StaticResolver, HasNothingForOtherNames) {
    Asking asking;
    const auto operation = asking.ask("b", RecordType::https);

    test::run_ready(asking.context);

    EXPECT_TRUE(std::get<std::vector<dns::ServiceRecord>>(*asking.answer).empty());
}

TEST(StaticResolver, AnswersLater) {
    Asking asking;
    asking.resolver.delay(RecordType::a, std::chrono::milliseconds(20));
    const auto operation = asking.ask("a", RecordType::a);
    test::run_ready(asking.context);
    EXPECT_FALSE(asking.answer);

    EXPECT_TRUE(test::run_until(asking.context, [&] { return asking.answer.has_value(); }));
}

TEST(StaticResolver, ForgetsAQuestionThatIsDestroyed) {
    Asking asking;
    auto operation = asking.ask("a", RecordType::a);

    operation.reset();
    test::run_ready(asking.context);

    EXPECT_FALSE(asking.answer);
}

}  // namespace
}  // namespace tautline::resolve
