// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_resolver.hpp>

#include <array>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/run_until.hpp>
#include <tests/support/temporary_file.hpp>
#include <tests/support/wire.hpp>

namespace tautline::resolve {
namespace {

using asio::ip::tcp;
using asio::ip::udp;
using eyeballs::Answer;
using eyeballs::Freshness;
using eyeballs::RecordType;
using testing::ElementsAre;

const std::string kNoError("\x81\x80", 2);
const std::string kTruncated("\x83\x80", 2);
const std::string kNoSuchName("\x81\x83", 2);
const std::string kFailure("\x81\x82", 2);

std::string text(std::string_view hex) { return std::string(as_text(test::wire(hex))); }

// One answer record for the name of the question, of that type.
std::string record(std::uint8_t type, std::string_view data, std::uint8_t ttl = 60) {
    return std::string("\xc0\x0c\x00", 3) + static_cast<char>(type) +
           std::string("\x00\x01\x00\x00\x00", 5) + static_cast<char>(ttl) + '\x00' +
           static_cast<char>(data.size()) + std::string(data);
}

// A name server on loopback: what it answers is up to the test. An empty answer is none.
struct NameServer {
    explicit NameServer(asio::io_context& context,
                        udp::endpoint place = {asio::ip::address_v4::loopback(), 0})
        : udp_socket(context, place), tcp_listener(context), tcp_socket(context) {
        listen();
        receive();
        tcp_listener.async_accept(tcp_socket, [this](const asio::error_code& error) {
            if (!error) serve_tcp();
        });
    }
    // Both protocols on one port: somebody else may have the other half of the first choice.
    void listen() {
        tcp_listener.open(tcp::v4());
        asio::error_code taken;
        for (bool bound = false; !bound;) {
            const auto place = udp_socket.local_endpoint();
            tcp_listener.bind({place.address(), place.port()}, taken);
            bound = !taken;
            if (bound) continue;
            udp_socket = udp::socket(udp_socket.get_executor(),
                                     udp::endpoint(asio::ip::address_v4::loopback(), 0));
        }
        tcp_listener.listen();
    }
    void receive() {
        udp_socket.async_receive_from(
            asio::buffer(buffer), peer, [this](const asio::error_code& error, std::size_t size) {
                if (error) return;
                const auto answer = respond(std::string(buffer.data(), size), udp_flags);
                if (!answer.empty()) udp_socket.send_to(asio::buffer(answer), peer);
                receive();
            });
    }
    void answer_the_last() {
        silent = false;
        udp_socket.send_to(asio::buffer(respond(last_query, udp_flags)), peer);
    }
    void serve_tcp() {
        tcp_socket.async_read_some(
            asio::buffer(buffer), [this](const asio::error_code& error, std::size_t size) {
                if (error) return;
                ++over_tcp;
                const auto answer = respond(std::string(buffer.data() + 2, size - 2), kNoError);
                const std::string length{static_cast<char>(answer.size() >> 8),
                                         static_cast<char>(answer.size())};
                asio::write(tcp_socket, asio::buffer(length + answer));
                serve_tcp();
            });
    }
    std::string respond(const std::string& query, const std::string& flags) {
        const auto end = query.find('\0', 12);
        const auto type = static_cast<std::uint8_t>(query[end + 2]);
        ++asked[type];
        last_query = query;
        if (silent) return {};
        const std::string answer = flags == kNoError ? answers[type] : std::string();
        std::string id = query.substr(0, 2);
        if (wrong_id) id[0] = static_cast<char>(id[0] ^ 1);
        const auto one_if = [](const std::string& record) {
            return std::string(1, '\0') + static_cast<char>(record.empty() ? 0 : 1);
        };
        return id + flags + std::string("\x00\x01", 2) + one_if(answer) + one_if(authority) +
               std::string(2, '\0') + query.substr(12, end + 5 - 12) + answer + authority;
    }
    [[nodiscard]] std::string address() const {
        return "127.0.0.1:" + std::to_string(udp_socket.local_endpoint().port());
    }

    udp::socket udp_socket;
    tcp::acceptor tcp_listener;
    tcp::socket tcp_socket;
    udp::endpoint peer;
    std::array<char, 4096> buffer{};
    std::map<std::uint8_t, std::string> answers;
    std::map<std::uint8_t, int> asked;
    std::string authority;
    std::string last_query;
    std::string udp_flags = kNoError;
    bool silent = false;
    bool wrong_id = false;
    int over_tcp = 0;
};

struct Resolving : testing::Test {
    Resolving() {
        server.answers[1] = record(1, text("c0000201"));
        server.answers[28] = record(28, text("20010db8000000000000000000000001"));
        server.answers[65] = record(65, text("0001 00 0003 0002 20fb"));
    }
    // Patient, so that a slow machine asks once; `hurry` is for servers that do not answer.
    CaresOptions options() {
        return {.servers = server.address(),
                .timeout = std::chrono::seconds(20),
                .tries = 2,
                .hosts_file = hosts.path};
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
    server.answers[65] = record(65, text("0000 01 62 00"));

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
    server.answers[65] = record(65, text("0001 00 0003")).substr(0, 14);

    EXPECT_TRUE(fails(RecordType::https));
}

TEST_F(Resolving, KeepsAnswersForTheirTime) {
    (void)ask("example.test", RecordType::https);
    (void)ask("example.test", RecordType::https);

    EXPECT_EQ(server.asked[65], 1);
}

TEST_F(Resolving, AsksNobodyForLocalhost) {
    EXPECT_THAT(addresses("localhost", RecordType::a), ElementsAre(*IpAddress::parse("127.0.0.1")));
    EXPECT_THAT(addresses("a.localhost", RecordType::aaaa), ElementsAre(*IpAddress::parse("::1")));
    EXPECT_TRUE(addresses("no-such-host.invalid", RecordType::a).empty());
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
    server.answers[65] = record(65, text("0001 01 62 00 0004 0004 c0000201"));

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
    server.silent = false;
    EXPECT_TRUE(test::run_until(context, [&] { return server.asked[65] > 1; }));
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

// Addresses are found at the whole name: records of another would lead somewhere else.
TEST_F(Resolving, SearchesNoOtherNameForServices) {
    ::setenv("LOCALDOMAIN", "corp.test", 1);
    resolver = std::make_unique<CaresResolver>(options());
    server.answers[65].clear();

    EXPECT_FALSE(has_services("www.example.test"));

    ::unsetenv("LOCALDOMAIN");
    EXPECT_EQ(server.asked[65], 1);
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
        server.authority = text(
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
        other.answers[1] = record(1, text("c0000202"));
    }
    void follow(Duration look_again) {
        auto following = options();
        following.servers.clear();
        following.port = server.udp_socket.local_endpoint().port();
        following.resolv_conf = conf.path;
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
    test::TemporaryFile conf;
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
