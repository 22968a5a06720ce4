// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_resolver.hpp>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/listener.hpp>
#include <tests/support/name_server.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/temporary_file.hpp>

namespace tautline::resolve {
namespace {

using eyeballs::Answer;
using eyeballs::Freshness;
using eyeballs::RecordType;
using test::kFailure;
using test::kNoSuchName;
using test::kTruncated;
using test::NameServer;
using test::record;
using testing::ElementsAre;

struct Resolving : testing::Test {
    Resolving() {
        search("");
        server.answers[1] = record(1, test::wire_text("c0000201"));
        server.answers[28] = record(28, test::wire_text("20010db8000000000000000000000001"));
        server.answers[65] = record(65, test::wire_text("0001 00 0003 0002 20fb"));
    }
    // Patient, so that a slow machine asks once; `hurry` is for servers that do not answer.
    CaresOptions options() {
        return {.servers = server.address(),
                .timeout = std::chrono::seconds(20),
                .tries = 2,
                .hosts_file = hosts.path,
                .resolv_conf = conf.path};
    }
    // For resolvers that are made after it. Without a word the domain of this host would be it.
    void search(const std::string& domains) {
        std::ofstream(conf.path) << "search . " << domains << "\n";
    }
    void override_with(std::string_view lines) { std::ofstream(hosts.path) << lines; }
    bool has_services(const std::string& name) {
        return !std::get<std::vector<dns::ServiceRecord>>(ask(name, RecordType::https)).empty();
    }
    void hurry() {
        auto hurried = options();
        hurried.timeout = std::chrono::milliseconds(50);
        resolver = std::make_unique<CaresResolver>(hurried);
    }
    Answer ask(const std::string& name, RecordType type, bool allow_stale = false) {
        std::optional<Answer> answer;
        const auto operation =
            resolver->ask(loop, {.id = {}, .name = name, .type = type, .allow_stale = allow_stale},
                          [&](Answer got, Freshness) { answer = std::move(got); });
        EXPECT_FALSE(answer);
        EXPECT_TRUE(test::run_until(context, [&] { return answer.has_value(); }));
        return answer ? *answer : Answer{};
    }
    std::vector<IpAddress> addresses(const std::string& name, RecordType type) {
        return std::get<std::vector<IpAddress>>(ask(name, type));
    }
    bool fails(RecordType type) {
        return std::holds_alternative<eyeballs::LookupFailed>(ask("example.test", type));
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    NameServer server{context};
    test::TemporaryFile hosts;
    test::TemporaryFile conf;
    std::unique_ptr<CaresResolver> resolver = std::make_unique<CaresResolver>(options());
};

TEST_F(Resolving, BringsAddressesOfEachFamily) {
    EXPECT_THAT(addresses("example.test", RecordType::a),
                ElementsAre(*IpAddress::parse("192.0.2.1")));
    EXPECT_THAT(addresses("example.test", RecordType::aaaa),
                ElementsAre(*IpAddress::parse("2001:db8::1")));
}

TEST_F(Resolving, BringsServiceRecords) {
    const auto answer = ask("example.test", RecordType::https);

    const auto& records = std::get<std::vector<dns::ServiceRecord>>(answer);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records.front().target, "example.test");
    EXPECT_EQ(records.front().port, 8443);
}

TEST_F(Resolving, TellsAnAlias) {
    server.answers[65] = record(65, test::wire_text("0000 01 62 00"));

    EXPECT_EQ(std::get<eyeballs::Alias>(ask("example.test", RecordType::https)).target, "b");
}

TEST_F(Resolving, TakesAMissingNameForNoAddresses) {
    server.udp_flags = kNoSuchName;

    EXPECT_TRUE(addresses("example.test", RecordType::a).empty());
    EXPECT_TRUE(
        std::get<std::vector<dns::ServiceRecord>>(ask("example.test", RecordType::https)).empty());
}

TEST_F(Resolving, TellsAFailureOfTheServer) {
    server.udp_flags = kFailure;

    EXPECT_TRUE(fails(RecordType::https));
    EXPECT_TRUE(fails(RecordType::a));
}

TEST_F(Resolving, TellsThatNobodyAnswers) {
    hurry();
    server.silent = true;

    EXPECT_TRUE(fails(RecordType::https));
    EXPECT_EQ(server.asked[65], 2);
}

TEST_F(Resolving, AsksAgainOverTcpWhenAnAnswerIsCutOff) {
    server.udp_flags = kTruncated;

    const auto answer = ask("example.test", RecordType::https);

    EXPECT_EQ(std::get<std::vector<dns::ServiceRecord>>(answer).size(), 1U);
    EXPECT_EQ(server.over_tcp, 1);
}

TEST_F(Resolving, IgnoresAnswersToOtherQuestions) {
    hurry();
    server.wrong_id = true;

    EXPECT_TRUE(fails(RecordType::https));
}

TEST_F(Resolving, TellsAnAnswerThatIsMalformed) {
    server.answers[65] = record(65, test::wire_text("0001 00 0003")).substr(0, 14);

    EXPECT_TRUE(fails(RecordType::https));
}

TEST_F(Resolving, KeepsAnswersForTheirTime) {
    (void)ask("example.test", RecordType::https);
    (void)ask("example.test", RecordType::https);

    EXPECT_EQ(server.asked[65], 1);
}

TEST_F(Resolving, AsksNobodyForNamesWithAMeaningOfTheirOwn) {
    EXPECT_THAT(addresses("localhost", RecordType::a), ElementsAre(*IpAddress::parse("127.0.0.1")));
    EXPECT_THAT(addresses("a.localhost", RecordType::aaaa), ElementsAre(*IpAddress::parse("::1")));
    EXPECT_TRUE(addresses("no-such-host.invalid", RecordType::a).empty());
    EXPECT_TRUE(addresses("hidden.onion", RecordType::a).empty());
    (void)ask("localhost", RecordType::https);

    EXPECT_TRUE(server.asked.empty());
}

TEST_F(Resolving, TakesANameOfTheHostsFileFromThereAlone) {
    override_with("127.0.0.5 example.test");

    EXPECT_THAT(addresses("example.test", RecordType::a),
                ElementsAre(*IpAddress::parse("127.0.0.5")));
    EXPECT_TRUE(addresses("example.test", RecordType::aaaa).empty());
    EXPECT_FALSE(has_services("example.test"));
    EXPECT_FALSE(has_services("_8443._https.example.test"));
    EXPECT_TRUE(server.asked.empty());
}

TEST_F(Resolving, AsksForNamesThatTheHostsFileHasNot) {
    override_with("::5 other.test");

    EXPECT_THAT(addresses("example.test", RecordType::aaaa),
                ElementsAre(*IpAddress::parse("2001:db8::1")));
    EXPECT_TRUE(has_services("_8443._https.example.test"));
}

TEST_F(Resolving, TakesNoHintsOfTargetsInTheHostsFile) {
    override_with("127.0.0.5 b");
    server.answers[65] = record(65, test::wire_text("0001 01 62 00 0004 0004 c0000201"));

    for (int time = 0; time < 2; ++time) {  // the second time from the cache
        const auto answer = ask("example.test", RecordType::https);
        const auto& records = std::get<std::vector<dns::ServiceRecord>>(answer);
        ASSERT_EQ(records.size(), 1U);
        EXPECT_TRUE(records.front().ipv4_hints.empty());
    }
}

TEST_F(Resolving, ForgetsAQuestionThatIsDestroyed) {
    hurry();
    server.silent = true;
    bool called = false;
    auto operation = resolver->ask(
        loop, {.id = {}, .name = "a.test", .type = RecordType::https, .allow_stale = false},
        [&](Answer, Freshness) { called = true; });
    EXPECT_TRUE(test::run_until(context, [&] { return server.asked[65] > 0; }));

    operation.reset();
    server.answer_the_last();
    (void)ask("b.test", RecordType::a);

    EXPECT_FALSE(called);
}

TEST_F(Resolving, MayEndBeforeAQuestionThatNobodyWaitsForIsSent) {
    auto operation = resolver->ask(
        loop, {.id = {}, .name = "a.test", .type = RecordType::https, .allow_stale = false},
        [](Answer, Freshness) {});
    operation.reset();
    resolver.reset();
    test::run_ready(context);

    EXPECT_TRUE(server.asked.empty());
}

TEST_F(Resolving, MayEndWhileQuestionsAreOpen) {
    server.silent = true;
    bool called = false;
    const auto operation = resolver->ask(
        loop, {.id = {}, .name = "a.test", .type = RecordType::https, .allow_stale = false},
        [&](Answer, Freshness) { called = true; });
    EXPECT_TRUE(test::run_until(context, [&] { return server.asked[65] > 0; }));

    resolver.reset();
    test::run_ready(context);

    EXPECT_FALSE(called);
}

// A server that nobody runs: it takes questions and says nothing.
struct Silence : Resolving {
    Silence() {
        auto patient = options();
        patient.servers = silent.address();
        resolver = std::make_unique<CaresResolver>(patient);
    }
    std::unique_ptr<io::Operation> begin(const std::string& name) {
        return resolver->ask(
            loop, {.id = {}, .name = name, .type = RecordType::aaaa, .allow_stale = false},
            [this](Answer, Freshness) { ++answers; });
    }

    asio::io_context elsewhere;
    NameServer silent{elsewhere};
    int answers = 0;
};

TEST_F(Silence, LeavesTheLoopFreeWhenNobodyWaitsAnyMore) {
    server.close();
    const auto before = test::open_descriptors();
    auto first = begin("a.test");
    auto second = begin("b.test");
    test::run_ready(context);
    EXPECT_GT(test::open_descriptors(), before);

    first.reset();
    second.reset();
    context.restart();
    context.run_for(std::chrono::seconds(10));

    EXPECT_TRUE(context.stopped());  // without work, and not by the clock
    EXPECT_EQ(test::open_descriptors(), before);
    EXPECT_EQ(loop.timers().size(), 0U);
    EXPECT_EQ(answers, 0);
}

TEST_F(Silence, KeepsWhatSomebodyElseWaitsFor) {
    auto first = begin("a.test");
    const auto second = begin("a.test");
    test::run_ready(context);
    EXPECT_TRUE(test::run_until(elsewhere, [&] { return silent.asked[28] == 1; }));

    first.reset();
    test::run_ready(context);
    silent.answers[28] = record(28, test::wire_text("20010db8000000000000000000000001"));
    silent.answer_the_last();
    EXPECT_TRUE(test::run_until(context, [&] { return answers > 0; }));

    EXPECT_EQ(answers, 1);
    EXPECT_EQ(silent.asked[28], 2);  // the second time by `answer_the_last`
}

TEST_F(Silence, IsAskedAgainAfterEverythingWasDropped) {
    begin("a.test").reset();
    test::run_ready(context);
    auto operation = begin("a.test");
    test::run_ready(context);
    operation.reset();
    test::run_ready(context);

    operation = begin("a.test");
    test::run_ready(context);
    EXPECT_TRUE(test::run_until(elsewhere, [&] { return silent.asked[28] == 2; }));
    silent.answer_the_last();

    EXPECT_TRUE(test::run_until(context, [&] { return answers == 1; }));
}

struct NegativeAnswers : Resolving {
    // How often the server is asked, when we ask twice.
    int questions(CaresOptions chosen, RecordType type = RecordType::https) {
        resolver = std::make_unique<CaresResolver>(chosen);
        server.asked.clear();
        server.answers.clear();
        (void)ask("example.test", type);
        (void)ask("example.test", type);
        return server.asked.begin()->second;
    }
    void say(std::string_view minimum) {
        server.authority = test::wire_text(
            "00 0006 0001 00000e10 0016 | 00 00 00000001 00000e10 00000258 "
            "00015180 " +
            std::string(minimum));
    }
    CaresOptions unwilling() {
        auto chosen = options();
        chosen.negative_time = {};
        return chosen;
    }
};

TEST_F(NegativeAnswers, AreKeptForTheTimeOfTheSoa) {
    say("0000001e");
    EXPECT_EQ(questions(unwilling(), RecordType::https), 1);
    EXPECT_EQ(questions(unwilling(), RecordType::a), 1);

    server.udp_flags = kNoSuchName;
    EXPECT_EQ(questions(unwilling(), RecordType::aaaa), 1);
}

TEST_F(NegativeAnswers, AreKeptForASecondAtLeast) {
    say("00000000");

    EXPECT_EQ(questions(unwilling()), 1);
}

TEST_F(NegativeAnswers, AreKeptForNoLongerThanTheMost) {
    say("00015180");
    auto chosen = options();
    chosen.max_negative_time = {};

    EXPECT_EQ(questions(chosen), 2);
}

TEST_F(NegativeAnswers, AreKeptForAWhileWithoutAnSoa) {
    EXPECT_EQ(questions(options()), 1);
    EXPECT_EQ(questions(unwilling()), 2);
}

TEST_F(NegativeAnswers, AreNotFailures) {
    server.udp_flags = kFailure;
    auto chosen = options();
    chosen.tries = 1;

    EXPECT_EQ(questions(chosen), 2);
}

// Servers as the system says, and a second one to change to.
struct FollowingTheSystem : Resolving {
    FollowingTheSystem() {
        say(server);
        follow({});
        other.answers[1] = record(1, test::wire_text("c0000202"));
    }
    void follow(Duration look_again) {
        auto following = options();
        following.servers.clear();
        following.port = server.udp_socket.local_endpoint().port();
        following.look_again = look_again;
        resolver = std::make_unique<CaresResolver>(following);
    }
    void say(const NameServer& chosen) {
        // Of another size each time: writes may be faster than the clock of the file system.
        std::ofstream(conf.path) << std::string(++versions, '\n') << "nameserver "
                                 << chosen.udp_socket.local_endpoint().address();
    }

    NameServer other{
        context, {asio::ip::make_address("127.0.0.2"), server.udp_socket.local_endpoint().port()}};
    std::size_t versions = 0;
    IpAddress first = *IpAddress::parse("192.0.2.1");
    IpAddress second = *IpAddress::parse("192.0.2.2");
};

TEST_F(FollowingTheSystem, AsksTheServersThatItSays) {
    EXPECT_THAT(addresses("example.test", RecordType::a), ElementsAre(first));
}

TEST_F(FollowingTheSystem, AsksOthersWhenItSaysOthers) {
    (void)addresses("example.test", RecordType::a);
    say(other);

    EXPECT_THAT(addresses("example.test", RecordType::a), ElementsAre(second));
}

TEST_F(FollowingTheSystem, LooksNoMoreOftenThanItMay) {
    follow(std::chrono::hours(1));
    (void)addresses("example.test", RecordType::a);
    say(other);

    EXPECT_THAT(addresses("b.test", RecordType::a), ElementsAre(first));
}

TEST_F(FollowingTheSystem, KeepsItsAnswersWhileNothingChanges) {
    (void)addresses("example.test", RecordType::a);
    (void)addresses("example.test", RecordType::a);

    EXPECT_EQ(server.asked[1], 1);
}

TEST_F(FollowingTheSystem, EndsQuestionsWhereTheyWereAsked) {
    server.silent = true;
    std::optional<Answer> answer;
    const auto operation = resolver->ask(
        loop, {.id = {}, .name = "a.test", .type = RecordType::a, .allow_stale = false},
        [&](Answer got, Freshness) { answer = std::move(got); });
    EXPECT_TRUE(test::run_until(context, [&] { return server.asked[1] > 0; }));

    say(other);
    EXPECT_THAT(addresses("b.test", RecordType::a), ElementsAre(second));
    EXPECT_FALSE(answer);
    server.answer_the_last();
    EXPECT_TRUE(test::run_until(context, [&] { return answer.has_value(); }));

    EXPECT_THAT(std::get<std::vector<IpAddress>>(*answer), ElementsAre(first));
    EXPECT_THAT(addresses("a.test", RecordType::a), ElementsAre(second));
}

TEST(CaresResolver, SaysThatItsServersAreWrong) {
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    CaresResolver resolver({.servers = "not an address"});
    std::optional<Answer> answer;
    const auto operation = resolver.ask(
        loop, {.id = {}, .name = "a.test", .type = RecordType::a, .allow_stale = false},
        [&](Answer got, Freshness) { answer = std::move(got); });

    test::run_ready(context);

    ASSERT_TRUE(answer);
    EXPECT_TRUE(std::holds_alternative<eyeballs::LookupFailed>(*answer));
}

}  // namespace
}  // namespace tautline::resolve
