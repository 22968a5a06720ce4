// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_channel.hpp>

#include <map>
#include <string>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/name_server.hpp>
#include <tests/support/run_until.hpp>

namespace tautline::resolve {
namespace {

using eyeballs::RecordType;

struct Asking : testing::Test, ChannelHandler {
    void on_brought(const std::string& name, RecordType, Brought brought) override {
        told[name] = brought.finding;
    }
    [[nodiscard]] CaresChannel channel(const std::string& servers) {
        return CaresChannel(loop, {.servers = servers, .timeout = std::chrono::seconds(20)}, *this);
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::NameServer server{context};
    std::map<std::string, Finding> told;
};

TEST_F(Asking, TellsWhatAServerSaysOfANameAsItIs) {
    auto asking = channel(server.address());
    server.strict = true;
    server.answers_of["a.test"] = {};

    asking.send("a.test", RecordType::aaaa);
    asking.send("b", RecordType::a);
    EXPECT_TRUE(test::run_until(context, [this] { return told.size() == 2; }));

    EXPECT_EQ(told["a.test"], Finding::empty);
    EXPECT_EQ(told["b"], Finding::no_such_name);
    EXPECT_EQ(server.questions.size(), 2U);
}

TEST_F(Asking, TellsAtOnceOfANameThatCannotBe) {
    auto asking = channel(server.address());

    asking.send("a..test", RecordType::a);

    EXPECT_EQ(told["a..test"], Finding::failed);
}

TEST_F(Asking, ForgetsWhatIsCancelled) {
    auto asking = channel(server.address());
    server.silent = true;
    asking.send("a.test", RecordType::a);
    EXPECT_TRUE(test::run_until(context, [this] { return server.asked[1] == 1; }));
    EXPECT_GT(loop.timers().size(), 0U);

    asking.cancel();
    server.answer_the_last();
    test::run_ready(context);

    EXPECT_TRUE(told.empty());
    EXPECT_EQ(loop.timers().size(), 0U);
}

TEST_F(Asking, AsksAfterACancellation) {
    auto asking = channel(server.address());
    asking.cancel();

    asking.send("a.test", RecordType::a);

    EXPECT_TRUE(test::run_until(context, [this] { return told.contains("a.test"); }));
}

TEST_F(Asking, SaysThatItsServersAreWrong) {
    EXPECT_EQ(channel(server.address()).fault(), "");
    EXPECT_NE(channel("not an address").fault(), "");
}

}  // namespace
}  // namespace tautline::resolve
