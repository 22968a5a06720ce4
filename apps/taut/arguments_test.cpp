// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "arguments.hpp"

namespace tautline::taut {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

using Words = std::vector<std::string>;

template <typename T>
T parsed(Words words) {
    auto arguments = parse_arguments(std::move(words));
    if (!arguments) {
        ADD_FAILURE() << arguments.error().text;
        return {};
    }
    return std::get<T>(*arguments);
}

ConnectArguments connected(Words words) {
    words.insert(words.begin(), {"connect", "ws://x/"});
    return parsed<ConnectArguments>(std::move(words));
}

ServeArguments served(Words words) {
    words.insert(words.begin(), {"serve", "--port", "1"});
    return parsed<ServeArguments>(std::move(words));
}

Advice advice(Words words) {
    auto arguments = parse_arguments(std::move(words));
    return arguments ? Advice{.text = "it was accepted"} : arguments.error();
}

TEST(Arguments, AUrlAloneIsForConnect) {
    EXPECT_EQ(parsed<ConnectArguments>({"ws://x/"}).url, "ws://x/");
    EXPECT_EQ(parsed<ConnectArguments>({"-v", "ws+unix:/a:/"}).url, "ws+unix:/a:/");
    // It is no host of the name "wss+unix": the library refuses the scheme.
    EXPECT_EQ(parsed<ConnectArguments>({"wss+unix:/a"}).url, "wss+unix:/a");
}

TEST(Arguments, AHostAloneIsAUrl) {
    EXPECT_EQ(parsed<ConnectArguments>({"127.0.0.1:9001"}).url, "ws://127.0.0.1:9001");
    EXPECT_EQ(parsed<ConnectArguments>({"example.org"}).url, "ws://example.org");
}

TEST(Arguments, AWordThatIsNeitherVerbNorUrlIsRefused) {
    EXPECT_EQ(advice({"conect", "ws://x/"}).code, ExitCode::usage);
    EXPECT_THAT(advice({"conect"}).text, HasSubstr("begins with ws://"));
    EXPECT_EQ(advice({"conect", "--help"}).code, ExitCode::usage);
    EXPECT_EQ(advice({}).code, ExitCode::usage);
}

TEST(Arguments, AnUnknownOptionIsToldBeforeWhatIsMissing) {
    for (const Words& words : {Words{"--frob"}, Words{"probe", "--frob"}}) {
        EXPECT_THAT(advice(words).text, HasSubstr("not expected: --frob"));
    }
    EXPECT_THAT(advice({"connect"}).text, HasSubstr("url is required"));
    EXPECT_THAT(advice({"connect", "-v"}).text, HasSubstr("url is required"));
}

TEST(Arguments, AWordThatCompressDoesNotTakeIsTold) {
    const std::string told = "--compress: takes off, on or no-takeover, not zstd\n";
    EXPECT_THAT(advice({"--compress", "zstd", "ws://x"}).text, HasSubstr(told));
    EXPECT_THAT(advice({"ws://x", "--compress", "zstd"}).text, HasSubstr(told));
    EXPECT_THAT(advice({"serve", "--compress", "zstd"}).text, HasSubstr(told));
    EXPECT_EQ(parsed<ConnectArguments>({"--compress", "localhost"}).url, "ws://localhost");
    EXPECT_THAT(advice({"--compress", "ws://x", "ws://y"}).text, Not(HasSubstr("--compress")));
}

TEST(Arguments, HelpOfEachVerbTellsTheUnits) {
    for (const char* verb : {"connect", "probe", "serve"}) {
        EXPECT_THAT(advice({verb, "--help"}).text, HasSubstr("a number alone is seconds"));
    }
    EXPECT_THAT(advice({"ws://x", "--timeout", "1q"}).text, HasSubstr("or seconds alone"));
}

TEST(Arguments, HelpAndVersionAreNoFailures) {
    EXPECT_EQ(advice({"--help"}).code, ExitCode::ok);
    EXPECT_THAT(advice({"--help"}).text, HasSubstr("Examples:"));
    EXPECT_THAT(advice({"connect", "--help"}).text, HasSubstr("Exit codes:"));
    EXPECT_THAT(advice({"serve", "--help"}).text, HasSubstr("--tls-self-signed"));
    EXPECT_THAT(advice({"--version"}).text, HasSubstr("taut "));
}

TEST(Arguments, ANumberThatDoesNotFitIsTold) {
    EXPECT_THAT(advice({"serve", "--port", "99999"}).text,
                HasSubstr("--port = 99999 is not a number, or not one that fits"));
}

TEST(Arguments, WhatIsWrongIsToldWithoutControls) {
    const auto wrong = advice({"connect", "ws://x/", "--no\x1bsuch"});
    EXPECT_EQ(wrong.code, ExitCode::usage);
    EXPECT_THAT(wrong.text, HasSubstr("\\e"));
    EXPECT_THAT(wrong.text, testing::Not(HasSubstr("\x1b")));
}

TEST(ConnectArguments, AUrlWithoutSchemeIsWs) {
    EXPECT_EQ(parsed<ConnectArguments>({"connect", "localhost:9001"}).url, "ws://localhost:9001");
}

TEST(ConnectArguments, AHostMayBeCalledLikeAScheme) {
    EXPECT_EQ(parsed<ConnectArguments>({"connect", "ws:9001/x"}).url, "ws://ws:9001/x");
    EXPECT_EQ(parsed<ConnectArguments>({"connect", "http"}).url, "ws://http");
    EXPECT_EQ(parsed<ConnectArguments>({"connect", "localhost:/x"}).url, "ws://localhost:/x");
}

TEST(ConnectArguments, ASchemeThatLacksASlashIsNoHost) {
    for (const std::string url : {"http:/x", "https:/x", "ws:/x", "WSS:/x"}) {
        EXPECT_EQ(parsed<ConnectArguments>({"connect", url}).url, url);
    }
}

TEST(ConnectArguments, MessagesAndFilesKeepTheirOrder) {
    const auto arguments = connected({"-m", "a", "-f", "/dev/null", "-m", "c"});

    ASSERT_EQ(arguments.outgoing.size(), 3U);
    EXPECT_EQ(arguments.outgoing[0].value, "a");
    EXPECT_EQ(arguments.outgoing[1].kind, Outgoing::Kind::file);
    EXPECT_EQ(arguments.outgoing[2].value, "c");
}

TEST(ConnectArguments, AMessageIsTakenAsItIs) {
    for (const std::string text : {"", "-1", "[1,2]", "{}", "a,b", "--json", "%%", "\"x\"", " "}) {
        const auto arguments = connected({"-m", text});
        ASSERT_EQ(arguments.outgoing.size(), 1U) << text;
        EXPECT_EQ(arguments.outgoing[0].value, text);
    }
}

TEST(ConnectArguments, AHeaderOptionTakesExactlyOneWord) {
    const auto arguments = parsed<ConnectArguments>({"-H", "A: 1", "-H", "B: 2", "ws://x/"});

    EXPECT_EQ(arguments.url, "ws://x/");
    const auto& headers = arguments.options.headers;
    EXPECT_THAT((std::vector<http::FieldList::Field>(headers.begin(), headers.end())),
                ElementsAre(Pair("A", "1"), Pair("B", "2")));
}

TEST(ConnectArguments, ABadHeaderIsRefused) {
    EXPECT_THAT(advice({"ws://x/", "-H", "nonsense"}).text, HasSubstr("Name: value"));
}

TEST(ConnectArguments, SubprotocolsAreRepeated) {
    EXPECT_THAT(connected({"-s", "a", "--subprotocol", "b"}).options.subprotocols,
                ElementsAre("a", "b"));
}

TEST(ConnectArguments, BasicCredentialsAreAHeader) {
    EXPECT_EQ(connected({"--auth", "user:pass"}).options.headers.find("Authorization"),
              "Basic dXNlcjpwYXNz");
}

TEST(ConnectArguments, ABearerTokenComesFromTheEnvironment) {
    ::setenv("TAUT_TEST_TOKEN", "secret", 1);
    EXPECT_EQ(connected({"--bearer-env", "TAUT_TEST_TOKEN"}).options.bearer_token, "secret");
    EXPECT_EQ(advice({"ws://x/", "--bearer-env", "TAUT_TEST_UNSET"}).code, ExitCode::usage);
}

TEST(ConnectArguments, CompressMayStandBeforeTheUrl) {
    const auto arguments = parsed<ConnectArguments>({"connect", "--compress", "ws://x/"});
    EXPECT_EQ(arguments.url, "ws://x/");
    EXPECT_EQ(arguments.common.compression, Compression::on);
}

TEST(ConnectArguments, CompressionIsOfferedUnlessSwitchedOff) {
    EXPECT_EQ(connected({}).common.compression, Compression::on);
    EXPECT_EQ(connected({"--compress", "off"}).common.compression, Compression::off);
    EXPECT_EQ(connected({"--compress=no-takeover"}).common.compression, Compression::no_takeover);
    EXPECT_EQ(advice({"ws://x/", "--compress=maybe"}).code, ExitCode::usage);
}

TEST(ConnectArguments, EveryEndOfInputIsKnown) {
    EXPECT_EQ(connected({}).on_eof, OnEof::quiet);
    EXPECT_EQ(connected({}).quiet_pause, Duration(500ms));
    EXPECT_EQ(connected({"--on-eof", "quiet"}).quiet_pause, Duration(500ms));
    EXPECT_EQ(connected({"--on-eof", "quiet=2s"}).quiet_pause, Duration(2s));
    EXPECT_EQ(connected({"--on-eof", "close"}).on_eof, OnEof::close);
    EXPECT_EQ(connected({"--on-eof", "wait"}).on_eof, OnEof::wait);
    EXPECT_EQ(connected({"--on-eof", "half"}).on_eof, OnEof::half);
    EXPECT_EQ(connected({"--on-eof", "wait=2s"}).eof_wait, Duration(2s));
    EXPECT_EQ(advice({"ws://x/", "--on-eof", "wait=x"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--on-eof", "quiet=0"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--on-eof", "close=1s"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--on-eof", "stay"}).code, ExitCode::usage);
}

TEST(ConnectArguments, WhoCountsMessagesWaitsForThem) {
    EXPECT_EQ(connected({"-n", "1"}).on_eof, OnEof::wait);
    EXPECT_EQ(connected({"-n", "1", "--on-eof", "close"}).on_eof, OnEof::close);
}

TEST(ConnectArguments, ACountOfMessagesIsOneOrMore) {
    EXPECT_THAT(advice({"ws://x/", "-n", "0"}).text, HasSubstr("--count: write a number from 1"));
    EXPECT_THAT(advice({"ws://x/", "-n", "-1"}).text, HasSubstr("write a number from 1"));
}

TEST(ConnectArguments, ACloseCodeThatNeverTravelsIsRefused) {
    EXPECT_EQ(connected({"--close-code", "4000"}).close_code, CloseCode{4000});
    EXPECT_EQ(advice({"ws://x/", "--close-code", "1005"}).code, ExitCode::usage);
    EXPECT_THAT(advice({"ws://x/", "--close-code", "1005"}).text,
                HasSubstr("1000 to 1003, 1007 to 1014 and 3000 to 4999 may be sent"));
    EXPECT_EQ(advice({"ws://x/", "--close-code", "1006"}).code, ExitCode::usage);
}

TEST(ConnectArguments, AReasonThatIsTooLongIsBlamedItself) {
    EXPECT_EQ(connected({"--close-reason", std::string(123, 'x')}).close_reason.size(), 123U);
    EXPECT_THAT(advice({"ws://x/", "--close-reason", std::string(124, 'x')}).text,
                HasSubstr("--close-reason: it is at most 123 bytes"));
}

TEST(ConnectArguments, CertificateAndKeyNeedEachOther) {
    EXPECT_EQ(advice({"ws://x/", "--cert", "a"}).code, ExitCode::usage);
    EXPECT_EQ(
        parsed<ConnectArguments>({"wss://x/", "--cert", "a", "--key", "b"}).options.tls.key_file,
        "b");
}

TEST(ConnectArguments, WhatTlsIsToCheckIsRefusedWithoutTls) {
    EXPECT_THAT(advice({"ws://x/", "--cert", "a", "--key", "b"}).text, HasSubstr("wss://"));
    const std::string pin = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    EXPECT_THAT(advice({"ws://x/", "--pin", pin}).text, HasSubstr("--pin: is for wss:// only"));
    EXPECT_THAT(connected({"--pin", pin, "-L"}).options.tls.pinned_keys, ElementsAre(pin));
}

TEST(ConnectArguments, APinIsASha256) {
    EXPECT_EQ(advice({"wss://x/", "--pin", "AAAA"}).code, ExitCode::usage);
    EXPECT_THAT(advice({"wss://x/", "--pin", "AAAA"}).text, HasSubstr("44 characters"));
}

TEST(ConnectArguments, NoTimeAtAllIsRefused) {
    EXPECT_THAT(advice({"ws://x/", "--timeout", "0"}).text, HasSubstr("longer than 0"));
}

TEST(ConnectArguments, AMessageIsUtf8UnlessItIsBinary) {
    EXPECT_THAT(advice({"ws://x/", "-m", "\xff"}).text, HasSubstr("--message: it is not UTF-8"));
    EXPECT_EQ(connected({"-b", "-m", "\xff"}).outgoing.size(), 1U);
}

TEST(ConnectArguments, AFileThatCannotBeReadIsRefused) {
    EXPECT_THAT(advice({"ws://x/", "-f", "/nowhere"}).text,
                HasSubstr("/nowhere cannot be sent: No such file"));
    EXPECT_THAT(advice({"ws://x/", "-f", "/"}).text, HasSubstr("/ cannot be sent: Is a directory"));
    EXPECT_EQ(connected({"-f", "/dev/null"}).outgoing.size(), 1U);
}

TEST(ConnectArguments, TheTimeOfAMessageMayHaveNoLimit) {
    using namespace std::chrono_literals;
    const auto timeout = [](Words words) {
        return connection_options(connected(std::move(words)).common).message_timeout;
    };
    EXPECT_EQ(timeout({}), 60s);
    EXPECT_EQ(timeout({"--message-timeout", "5m"}), 5min);
    EXPECT_EQ(timeout({"--message-timeout", "off"}), std::nullopt);
    EXPECT_EQ(timeout({"--message-timeout", "0"}), std::nullopt);
    EXPECT_EQ(connection_options(served({"--message-timeout", "0"}).common).message_timeout,
              std::nullopt);
    EXPECT_THAT(advice({"ws://x/", "--message-timeout", "long"}).text, HasSubstr("or off"));
}

TEST(ServeArguments, AUnixSocketHasAPath) {
    EXPECT_EQ(advice({"serve", "--unix", ""}).code, ExitCode::usage);
    EXPECT_THAT(advice({"serve", "--unix", ""}).text, HasSubstr("--unix: it takes the path"));
}

TEST(ConnectArguments, WhatTlsIsToTrustMayBeSaidWithoutTls) {
    EXPECT_EQ(connected({"--cacert", "a"}).options.tls.ca_file, "a");
    EXPECT_EQ(connected({"--sni", "a"}).options.tls.server_name, "a");
}

TEST(ConnectArguments, GivingUpVerificationIsWarnedOf) {
    EXPECT_EQ(warning_on(connected({}).options), "");
    EXPECT_THAT(warning_on(connected({"-k"}).options), HasSubstr("no certificate is verified"));
    // Nobody in between has the pinned key.
    const std::string pin(43, 'A');
    EXPECT_EQ(warning_on(parsed<ConnectArguments>({"wss://x/", "-k", "--pin", pin + "="}).options),
              "");
}

TEST(Arguments, NumbersThatDoNotFitAndTimesOfNothingAreRefused) {
    EXPECT_EQ(advice({"ws://x/", "-n", "99999999999999999999"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--max-message", "0"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--pong-timeout", "0"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--ping-interval", "0s"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"ws://x/", "--ping", "0"}).code, ExitCode::usage);
}

TEST(ServeArguments, WhatCanNeverFitIsRefused) {
    EXPECT_EQ(advice({"serve", "--port", "0", "--allow-origin", "foo"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"serve", "--port", "0", "--subprotocol", "a b"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"serve", "--port", "0", "--unix", "/a"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"serve", "--unix", "/a", "--host", "::1"}).code, ExitCode::usage);
}

TEST(ServeArguments, AnAddressMayStandInBrackets) {
    EXPECT_EQ(served({"--host", "[::1]"}).listen.host, "::1");
    EXPECT_EQ(served({"--host", "::1"}).listen.host, "::1");
}

TEST(ConnectArguments, TheKeyLogOfTheEnvironmentIsHonoured) {
    ::setenv("SSLKEYLOGFILE", "/tmp/keys", 1);
    EXPECT_EQ(connected({}).options.tls.key_log_file, "/tmp/keys");
    EXPECT_EQ(connected({"--key-log", "mine"}).options.tls.key_log_file, "mine");
    ::unsetenv("SSLKEYLOGFILE");
}

TEST(ConnectArguments, VersionsCanBeChosen) {
    const auto any = connected({}).options.network;
    EXPECT_TRUE(any.http_versions.http1 && any.http_versions.http2);
    EXPECT_FALSE(connected({"--http", "1.1"}).options.network.http_versions.http2);
    EXPECT_EQ(connected({"-4"}).options.network.ip, eyeballs::IpMode::v4_only);
    EXPECT_EQ(connected({"--ipv6"}).options.network.ip, eyeballs::IpMode::v6_only);
    EXPECT_EQ(advice({"ws://x/", "-4", "-6"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"wss://x/", "--http", "3"}).code, ExitCode::usage);
    EXPECT_THAT(advice({"ws://x/", "--http", "2"}).text, HasSubstr("wss://"));
}

TEST(ProbeArguments, AreThoseOfTheWay) {
    const auto probe = parsed<ProbeArguments>({"probe", "wss://x/", "--http", "2", "--svg", "a"});
    EXPECT_EQ(probe.connect.url, "wss://x/");
    EXPECT_FALSE(probe.connect.options.network.http_versions.http1);
    EXPECT_EQ(probe.svg, "a");
    EXPECT_EQ(advice({"probe", "wss://x/", "-m", "a"}).code, ExitCode::usage);
}

TEST(ServeArguments, VersionsCanBeChosen) {
    EXPECT_TRUE(served({}).server.http2->extended_connect);
    EXPECT_FALSE(served({"--http", "1.1"}).server.http2);
    EXPECT_FALSE(served({"--no-http2-websockets"}).server.http2->extended_connect);
}

TEST(ServeArguments, EchoIsTheDefault) {
    EXPECT_EQ(served({}).service, Service::echo);
    EXPECT_EQ(served({"--chat"}).service, Service::chat);
    EXPECT_EQ(advice({"serve", "--port", "0", "--echo", "--chat"}).code, ExitCode::usage);
}

TEST(ServeArguments, SlowPeersAreThoseOfTheChat) {
    EXPECT_EQ(served({"--chat", "--slow-peers", "drop"}).slow_peers, OverflowPolicy::drop);
    EXPECT_THAT(advice({"serve", "--port", "0", "--slow-peers", "drop"}).text,
                HasSubstr("--slow-peers: needs --chat"));
}

TEST(ServeArguments, APlaceToListenIsNeeded) {
    EXPECT_THAT(advice({"serve"}).text, HasSubstr("--port"));
    EXPECT_EQ(parsed<ServeArguments>({"serve", "--unix", "/a"}).listen.unix_path, "/a");
    EXPECT_EQ(advice({"serve", "--port", "70000"}).code, ExitCode::usage);
}

TEST(ServeArguments, CompressionIsOffUnlessSwitchedOn) {
    EXPECT_FALSE(connection_options(served({}).common).compression);
    EXPECT_TRUE(connection_options(served({"--compress"}).common).compression);
}

TEST(ServeArguments, TlsIsOffUnlessThereIsACertificate) {
    EXPECT_FALSE(served({}).listen.tls);
    EXPECT_EQ(served({"--tls-cert", "a", "--tls-key", "b"}).listen.tls->certificate_file, "a");
    EXPECT_TRUE(served({"--tls-self-signed"}).listen.tls);
    EXPECT_EQ(advice({"serve", "--port", "0", "--tls-cert", "a"}).code, ExitCode::usage);
    EXPECT_EQ(advice({"serve", "--port", "0", "--client-ca", "a"}).code, ExitCode::usage);
}

TEST(ServeArguments, WhatWouldHaveNoEffectIsRefused) {
    const auto refused = [](Words words) {
        words.insert(words.begin(), {"serve", "--port", "0"});
        return advice(std::move(words)).text;
    };
    EXPECT_THAT(refused({"--key-log", "x"}), HasSubstr("--key-log: needs --tls-cert"));
    EXPECT_THAT(refused({"--any-origin", "--allow-origin", "https://a"}),
                HasSubstr("--any-origin: lets in more than --allow-origin"));
    EXPECT_THAT(refused({"--host", "::", "--allow-host", "a"}),
                HasSubstr("--allow-host: is for loopback addresses only"));
    EXPECT_THAT(advice({"serve", "--unix", "/a", "--allow-host", "a"}).text,
                HasSubstr("--allow-host: is for loopback addresses only"));
    EXPECT_EQ(served({"--host", "[::1]", "--allow-host", "a"}).allowed_hosts.size(), 1U);
    EXPECT_TRUE(served({"--tls-self-signed", "--key-log", "x"}).listen.tls);
}

TEST(ServeArguments, CredentialsAreTakenApart) {
    EXPECT_THAT(served({"--auth", "a:b:c"}).credentials, testing::Optional(Pair("a", "b:c")));
}

TEST(CommonArguments, LimitsAndTimesAreHandedOn) {
    const auto options = connection_options(
        served({"--max-message", "32M", "--ping-interval", "5s", "--pong-timeout", "6s"}).common);

    EXPECT_EQ(options.max_message_bytes, 32U * 1024 * 1024);
    EXPECT_EQ(options.ping_interval, Duration(5s));
    EXPECT_EQ(options.pong_timeout, Duration(6s));
}

TEST(CommonArguments, PingsCanBeSwitchedOff) {
    EXPECT_FALSE(connection_options(served({"--no-ping"}).common).ping_interval);
}

TEST(CommonArguments, CompressionCanBeLimited) {
    const auto compression =
        connection_options(connected({"--window-bits", "9,10", "--no-context-takeover"}).common)
            .compression;

    ASSERT_TRUE(compression);
    EXPECT_EQ(compression->client_max_window_bits, 9);
    EXPECT_EQ(compression->server_max_window_bits, 10);
    EXPECT_TRUE(compression->client_no_context_takeover);
    EXPECT_TRUE(compression->server_no_context_takeover);
}

TEST(CommonArguments, TheNativeEngineIsTheDefault) {
    EXPECT_EQ(engine_for(connected({}).common).name, "native");
    EXPECT_EQ(advice({"ws://x/", "--engine", "steam"}).code, ExitCode::usage);
}

TEST(CommonArguments, NothingIsNotedOfWhatCanBeHad) {
    EXPECT_EQ(note_on(connected({"--compress", "on"}).common), "");
    EXPECT_EQ(note_on(served({"--compress"}).common), "");
}

// A build may be without it.
bool has_wslay() {
    return parse_arguments({"connect", "ws://x/", "--engine", "wslay"}).has_value();
}

TEST(CommonArguments, CompressionThatAnEngineCannotDoIsNoted) {
    if (!has_wslay()) GTEST_SKIP() << "built without wslay";
    const std::string note = "taut: note: the engine wslay cannot compress: nothing is compressed";

    EXPECT_EQ(note_on(connected({"--engine", "wslay", "--compress", "on"}).common), note);
    EXPECT_EQ(note_on(connected({"--engine", "wslay", "--no-context-takeover"}).common), note);
    EXPECT_EQ(note_on(served({"--compress", "--engine", "wslay"}).common), note);
}

TEST(CommonArguments, CompressionThatNobodyAskedForIsNotNoted) {
    if (!has_wslay()) GTEST_SKIP() << "built without wslay";
    EXPECT_EQ(note_on(connected({"--engine", "wslay"}).common), "");
    EXPECT_EQ(note_on(connected({"--engine", "wslay", "--compress", "off"}).common), "");
}

}  // namespace
}  // namespace tautline::taut
