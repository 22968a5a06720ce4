// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/name_server.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/temporary_file.hpp>

#include <tautline/resolve/cares_resolver.hpp>

// Which name the answers are about, where a host may stand for several.

namespace tautline::resolve {
namespace {

using eyeballs::Answer;
using eyeballs::RecordType;
using testing::Contains;
using testing::ElementsAre;
using testing::Not;
using testing::UnorderedElementsAre;

const std::string kV4 = test::record(1, test::wire_text("c0000201"));
const std::string kV6 = test::record(28, test::wire_text("20010db8000000000000000000000001"));
const std::string kService = test::record(65, test::wire_text("0001 00 0003 0002 20fb"));
constexpr auto kEveryType = {RecordType::https, RecordType::aaaa, RecordType::a};

// A resolver that searches a.test and b.test; the server knows `answers_of` alone.
struct Searching : testing::Test {
    Searching() {
        search("a.test b.test");
        server.answers_of = {{"www.example", {{1, kV4}}}, {"db.b.test", {{1, kV4}, {28, kV6}}}};
        server.strict = true;
    }
    void search(const std::string& domains) {
        std::ofstream(conf.path) << "search " << domains << "\n";
        options.servers = server.address();
        options.hosts_file = hosts.path;
        options.resolv_conf = conf.path;
        resolver = std::make_unique<CaresResolver>(options);
    }
    void begin(const std::string& name, RecordType type, bool absolute = false) {
        asked.push_back(resolver->ask(
            loop,
            {.id = {}, .name = name, .type = type, .allow_stale = false, .absolute = absolute},
            [this, type](Answer answer, auto) { answers[type] = std::move(answer); }));
    }
    // All types at once, as a race asks.
    void ask_all(const std::string& name, bool absolute = false) {
        answers.clear();
        for (const auto type : kEveryType) begin(name, type, absolute);
        EXPECT_TRUE(test::run_until(context, [this] { return answers.size() == 3; }));
    }
    Answer ask(const std::string& name, RecordType type) {
        answers.clear();
        begin(name, type);
        EXPECT_TRUE(test::run_until(context, [&] { return answers.contains(type); }));
        return answers[type];
    }
    [[nodiscard]] auto was_asked(const std::string& question) const {
        return std::ranges::count(server.questions, question);
    }
    [[nodiscard]] std::size_t addresses(RecordType type) {
        return std::get<std::vector<IpAddress>>(answers.at(type)).size();
    }
    [[nodiscard]] std::size_t services() {
        return std::get<std::vector<dns::ServiceRecord>>(answers.at(RecordType::https)).size();
    }
    [[nodiscard]] bool failed(RecordType type) {
        return std::holds_alternative<eyeballs::LookupFailed>(answers.at(type));
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    test::NameServer server{context};
    test::TemporaryFile hosts;
    test::TemporaryFile conf;
    // Longer than any test waits: nobody is saved by it.
    CaresOptions options{.timeout = std::chrono::minutes(2), .tries = 1};
    std::unique_ptr<CaresResolver> resolver;
    std::vector<std::unique_ptr<io::Operation>> asked;
    std::map<RecordType, Answer> answers;
};

// The wildcard of another domain has the types that the name has not.
TEST_F(Searching, TakesNoTypeFromAnotherName) {
    server.answers_of["www.example.a.test"] = {{28, kV6}, {65, kService}};

    ask_all("www.example");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(addresses(RecordType::aaaa), 0U);
    EXPECT_EQ(services(), 0U);
    EXPECT_THAT(server.questions,
                UnorderedElementsAre("www.example/1", "www.example/28", "www.example/65"));
}

TEST_F(Searching, TakesNoTypeOfAShortNameFromAnotherDomain) {
    server.answers_of["db.a.test"] = {{1, kV4}};
    server.answers_of["db.b.test"] = {{28, kV6}, {65, kService}};

    ask_all("db");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(addresses(RecordType::aaaa), 0U);
    EXPECT_EQ(services(), 0U);
}

TEST_F(Searching, GoesOnWithAllTypesWhereANameIsMissing) {
    server.answers_of["db.b.test"][65] = kService;

    ask_all("db");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(addresses(RecordType::aaaa), 1U);
    EXPECT_EQ(std::get<std::vector<dns::ServiceRecord>>(answers[RecordType::https]).front().target,
              "db.b.test");
}

TEST_F(Searching, AsksForTheNameAsItIsLast) {
    server.answers_of["host"] = {{1, kV4}};

    ask_all("host");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_THAT(server.questions, Contains("host.b.test/1"));
}

TEST_F(Searching, GoesOnBehindAWholeNameThatIsMissing) {
    server.answers_of["www.sub.b.test"] = {{1, kV4}};

    ask_all("www.sub");

    EXPECT_EQ(addresses(RecordType::a), 1U);
}

TEST_F(Searching, FindsThePortOfTheChosenName) {
    server.answers_of["_8443._https.db.a.test"] = {{65, kService}};

    begin("_8443._https.db", RecordType::https);
    begin("db", RecordType::a);
    EXPECT_TRUE(test::run_until(context, [this] { return answers.size() == 2; }));

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(services(), 0U);
    EXPECT_THAT(server.questions, Contains("_8443._https.db.b.test/65"));
}

// What the port has, or has not, says nothing about the host.
TEST_F(Searching, LetsAChooseWhereOnlyServicesAreAskedFor) {
    server.answers_of["_8443._https.db.b.test"] = {{65, kService}};

    (void)ask("_8443._https.db", RecordType::https);

    EXPECT_EQ(services(), 1U);
    EXPECT_THAT(server.questions, Contains("db.b.test/1"));
}

TEST_F(Searching, StopsWhereAServerFails) {
    server.failing = {"db.a.test"};

    ask_all("db");

    EXPECT_TRUE(failed(RecordType::a));
    EXPECT_TRUE(failed(RecordType::aaaa));
    EXPECT_THAT(server.questions, Not(Contains("db.b.test/1")));
}

// A failure at the end is none of "there is none", which would be kept.
TEST_F(Searching, TellsAFailureAtTheEndOfTheList) {
    server.failing = {"host"};

    (void)ask("host", RecordType::a);
    EXPECT_TRUE(failed(RecordType::a));
    const auto before = server.asked[1];
    (void)ask("host", RecordType::a);

    EXPECT_EQ(server.asked[1], before + 1);
}

// Servers that know nothing of a type say NXDOMAIN.
TEST_F(Searching, BelievesAThatANameIsThere) {
    server.answers_of["www.example.a.test"] = {{28, kV6}};
    server.missing_types = {28, 65};

    ask_all("www.example");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(addresses(RecordType::aaaa), 0U);
    EXPECT_THAT(server.questions, Not(Contains("www.example.a.test/28")));
}

// Servers that hide all addresses of a family.
TEST_F(Searching, BelievesAWhatIsThereWhereAnotherTypeIsEmptyForAllNames) {
    server.empty_types = {28, 65};
    begin("db.a.test", RecordType::aaaa, true);  // comes before A, and is kept
    EXPECT_TRUE(test::run_until(context, [this] { return !answers.empty(); }));

    ask_all("db");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_THAT(server.questions, Contains("db.b.test/1"));
}

TEST_F(Searching, WaitsForNoTypeThatIsSilent) {
    server.silent_types = {1};
    server.answers_of["www.example"][28] = kV6;

    (void)ask("www.example", RecordType::aaaa);

    EXPECT_EQ(addresses(RecordType::aaaa), 1U);
}

TEST_F(Searching, SearchesNoWholeNames) {
    ask_all("db", true);
    EXPECT_THAT(server.questions, UnorderedElementsAre("db/1", "db/28", "db/65"));

    ask_all("host.");
    EXPECT_THAT(server.questions, Contains("host/1"));
    EXPECT_THAT(server.questions, Not(Contains("host.a.test/1")));
}

TEST_F(Searching, TellsAShortNameFromTheSameAsAWhole) {
    begin("db", RecordType::a);
    begin("db", RecordType::aaaa, true);
    EXPECT_TRUE(test::run_until(context, [this] { return answers.size() == 2; }));

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(addresses(RecordType::aaaa), 0U);
    EXPECT_EQ(was_asked("db/28"), 1);
}

TEST_F(Searching, KeepsItsChoiceForTypesThatAreAskedForLater) {
    (void)ask("db", RecordType::a);
    server.answers_of["db.a.test"] = {{28, kV6}};

    (void)ask("db", RecordType::aaaa);

    EXPECT_THAT(server.questions, ElementsAre("db.a.test/1", "db.b.test/1", "db.b.test/28"));
}

TEST_F(Searching, SharesItsChoiceWhileSomebodyWaits) {
    options.negative_time = {};
    search("a.test b.test");
    server.silent_types = {28};
    begin("db", RecordType::aaaa);
    EXPECT_TRUE(test::run_until(context, [this] { return was_asked("db.b.test/28") == 1; }));
    server.answers_of["db.a.test"] = {{1, kV4}};

    (void)ask("db", RecordType::a);

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_EQ(was_asked("db.a.test/1"), 1);
}

TEST_F(Searching, AsksEachNameOnce) {
    ask_all("db");
    const auto before = server.questions;
    EXPECT_THAT(before, UnorderedElementsAre("db.a.test/1", "db.a.test/28", "db.a.test/65",
                                             "db.b.test/1", "db.b.test/28", "db.b.test/65"));

    ask_all("db");

    EXPECT_EQ(server.questions, before);
}

TEST_F(Searching, FollowsLocaldomain) {
    ::setenv("LOCALDOMAIN", "c.test", 1);
    search("a.test");
    server.answers_of["db.c.test"] = {{1, kV4}};

    ask_all("db");
    ::unsetenv("LOCALDOMAIN");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_THAT(server.questions, Not(Contains("db.a.test/1")));
}

// RFC 7686 section 2: nobody is told of them, in no domain.
TEST_F(Searching, AsksNowhereForHiddenServices) {
    ask_all("hidden.onion");

    EXPECT_EQ(addresses(RecordType::a), 0U);
    EXPECT_TRUE(server.questions.empty());
}

TEST_F(Searching, LooksIntoTheHostsFileFirst) {
    std::ofstream(hosts.path) << "127.0.0.5 db\n";

    ask_all("db");

    EXPECT_EQ(addresses(RecordType::a), 1U);
    EXPECT_TRUE(server.questions.empty());
}

}  // namespace
}  // namespace tautline::resolve
