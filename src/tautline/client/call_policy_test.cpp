// SPDX-License-Identifier: MIT
#include <tautline/client/call_policy.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tautline/base/proxy_error.hpp>

namespace tautline::client {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

http::Uri uri(std::string_view text) { return *http::parse_uri(text); }

Error refused(int status, std::vector<std::pair<std::string, std::string>> headers) {
    Error error{.code = HandshakeError::rejected, .phase = Phase::handshake, .message = "no"};
    error.refusal = std::make_shared<Refusal>(
        Refusal{.status = status, .reason = {}, .headers = std::move(headers), .body = {}});
    return error;
}

struct Policy {
    explicit Policy(ClientOptions setup, std::string_view url = "wss://example.org/a")
        : options(std::move(setup)), policy(options, uri(url)) {
        EXPECT_TRUE(policy.choose_routes());
    }
    bool retry(Error error) {
        last = std::move(error);
        return policy.retry(last);
    }
    bool redirect(std::string_view location) {
        return retry(refused(302, {{"Location", std::string(location)}}));
    }
    [[nodiscard]] std::string field(std::string_view name) const {
        return policy.offer().extra_fields.combined(name);
    }
    ClientOptions options;
    CallPolicy policy;
    Error last;
};

ClientOptions with_redirects(int most) {
    ClientOptions options;
    options.max_redirects = most;
    options.headers.add("X-Key", "secret");
    options.bearer_token = "secret";
    return options;
}

TEST(CallPolicy, LeavesARefusalAloneByDefault) {
    Policy policy{{}};

    EXPECT_FALSE(policy.redirect("wss://example.org/b"));
    EXPECT_EQ(policy.last.message, "no");
}

TEST(CallPolicy, FollowsARedirect) {
    Policy policy(with_redirects(5));

    EXPECT_TRUE(policy.redirect("/b?c"));

    EXPECT_EQ(policy.policy.uri().target, "/b?c");
    EXPECT_EQ(policy.field("Authorization"), "Bearer secret");
}

TEST(CallPolicy, H15_SaysWhyARedirectIsNotFollowed) {
    Policy policy(with_redirects(1));

    EXPECT_FALSE(policy.redirect("ws://example.org/b"));
    EXPECT_THAT(policy.last.message, HasSubstr("no; it was not followed: "));
    EXPECT_TRUE(policy.redirect("/b"));
    EXPECT_FALSE(policy.redirect("/c"));
}

TEST(CallPolicy, H22_TellsAnotherOriginNoSecret) {
    Policy policy(with_redirects(5));

    ASSERT_TRUE(policy.redirect("wss://elsewhere.test/"));

    EXPECT_EQ(policy.field("Authorization"), "");
    EXPECT_EQ(policy.field("X-Key"), "");
}

TEST(CallPolicy, H22_TellsAnotherOriginNothingOfWhatAnsweredA401) {
    auto options = with_redirects(5);
    options.authenticate = [](auto&&...) { return std::optional<std::string>("Custom secret"); };
    Policy policy(std::move(options));
    ASSERT_TRUE(policy.retry(refused(401, {{"WWW-Authenticate", "Custom"}})));
    EXPECT_EQ(policy.field("Authorization"), "Custom secret");

    ASSERT_TRUE(policy.redirect("wss://elsewhere.test/"));

    EXPECT_EQ(policy.field("Authorization"), "");
}

TEST(CallPolicy, AnswersA401ThreeTimesAtMost) {
    ClientOptions options;
    options.authenticate = [](const http::Uri&, const std::vector<http::Challenge>& challenges) {
        return "Custom " + challenges.front().scheme;
    };
    Policy policy(std::move(options));

    for (int i = 0; i < 3; ++i) {
        EXPECT_TRUE(policy.retry(refused(401, {{"WWW-Authenticate", "Basic realm=\"x\""}})));
    }
    EXPECT_EQ(policy.field("Authorization"), "Custom Basic");
    EXPECT_FALSE(policy.retry(refused(401, {{"WWW-Authenticate", "Basic realm=\"x\""}})));
}

TEST(CallPolicy, LeavesA401AloneWithoutAnAnswer) {
    ClientOptions options;
    options.authenticate = [](auto&&...) { return std::optional<std::string>(); };
    Policy asked(std::move(options));
    Policy never{{}};

    EXPECT_FALSE(asked.retry(refused(401, {{"WWW-Authenticate", "Basic"}})));
    EXPECT_FALSE(asked.retry(refused(401, {})));
    EXPECT_FALSE(never.retry(refused(401, {{"WWW-Authenticate", "Basic"}})));
}

TEST(CallPolicy, LetsInterceptorsChangeTheRequestAndSeeTheAnswers) {
    std::vector<int> seen;
    ClientOptions options;
    options.interceptors.push_back(
        {.on_request = [](const http::Uri&, http::FieldList& fields) { fields.set("X", "1"); },
         .on_response = [&](const http::Uri&, int status,
                            const http::FieldList&) { seen.push_back(status); }});
    Policy policy(std::move(options));

    EXPECT_EQ(policy.field("X"), "1");
    (void)policy.retry(refused(503, {}));
    policy.policy.receive_answer(101, {});
    EXPECT_THAT(seen, ElementsAre(503, 101));
}

TEST(CallPolicy, H22_SendsNoCredentialsOfInterceptorsToAnotherOrigin) {
    auto options = with_redirects(5);
    options.authenticate = [](auto&&...) { return "for b"; };
    options.interceptors.push_back({.on_request = [](const http::Uri&, http::FieldList& fields) {
        if (!fields.has("Authorization")) fields.add("authorization", "secret");
        fields.set("Cookie", "secret");
        fields.set("Proxy-Authorization", "secret");
        fields.set("X-Trace", "1");
    }});
    Policy policy(std::move(options));

    EXPECT_EQ(policy.field("Cookie"), "secret");
    EXPECT_TRUE(policy.redirect("wss://b.test/"));
    EXPECT_EQ(policy.field("Authorization"), "");
    EXPECT_EQ(policy.field("Cookie"), "");
    EXPECT_EQ(policy.field("Proxy-Authorization"), "");
    EXPECT_EQ(policy.field("X-Trace"), "1");

    EXPECT_TRUE(policy.retry(refused(401, {{"WWW-Authenticate", "Basic"}})));
    EXPECT_EQ(policy.field("Authorization"), "for b");
}

struct Jar final : http::CookieJar {
    std::string cookies_for(const http::Uri& uri) override { return "at=" + uri.host; }
    void receive_cookie(const http::Uri&, std::string_view set_cookie) override {
        received.emplace_back(set_cookie);
    }
    std::vector<std::string> received;
};

TEST(CallPolicy, AsksTheJarForEveryHop) {
    auto jar = std::make_shared<Jar>();
    auto options = with_redirects(5);
    options.cookies = jar;
    Policy policy(std::move(options));

    EXPECT_EQ(policy.field("Cookie"), "at=example.org");
    EXPECT_TRUE(policy.retry(refused(
        302, {{"Location", "wss://b.test/"}, {"Set-Cookie", "a=1"}, {"set-cookie", "b=2"}})));
    EXPECT_EQ(policy.field("Cookie"), "at=b.test");
    EXPECT_THAT(jar->received, ElementsAre("a=1", "b=2"));
}

TEST(CallPolicy, SendsACookieOfTheApplicationInsteadOfThoseOfTheJar) {
    ClientOptions options;
    options.cookies = std::make_shared<Jar>();
    options.headers.add("Cookie", "own=1");
    const Policy policy(std::move(options));

    EXPECT_EQ(policy.field("Cookie"), "own=1");
}

TEST(CallPolicy, H15_RefusesACircleThatNothingCanEnd) {
    Policy policy(with_redirects(5));

    EXPECT_FALSE(policy.redirect("/a"));
    EXPECT_THAT(policy.last.message, HasSubstr("in a circle"));
}

TEST(CallPolicy, GoesBackToTheSamePlaceWithACookie) {
    auto options = with_redirects(2);
    options.cookies = std::make_shared<Jar>();
    Policy policy(std::move(options));

    EXPECT_TRUE(policy.retry(refused(302, {{"Location", "/a"}, {"Set-Cookie", "a=1"}})));
    EXPECT_TRUE(policy.redirect("/a"));
    EXPECT_FALSE(policy.redirect("/a"));
    EXPECT_THAT(policy.last.message, HasSubstr("too often"));
}

TEST(CallPolicy, GoesBackToTheSamePlaceWhenAnInterceptorMayChangeTheRequest) {
    auto options = with_redirects(1);
    options.interceptors.push_back({.on_request = [](auto&&...) {}});
    Policy policy(std::move(options));

    EXPECT_TRUE(policy.redirect("/a"));
}

TEST(CallPolicy, GoesThroughItsRoutesInOrder) {
    ClientOptions options;
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1; PROXY b:2; DIRECT"));
    Policy policy(std::move(options));
    const Error gone{.code = make_error_code(std::errc::connection_refused)};

    EXPECT_EQ(policy.policy.route().to_string(), "http://a:1");
    EXPECT_TRUE(policy.retry(gone));
    EXPECT_EQ(policy.policy.route().to_string(), "http://b:2");
    EXPECT_TRUE(policy.retry(gone));
    EXPECT_EQ(policy.policy.route().to_string(), "DIRECT");
    EXPECT_FALSE(policy.retry(gone));
}

TEST(CallPolicy, GoesToAUnixSocketWithoutAProxy) {
    ClientOptions options;
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1"));
    const Policy policy(std::move(options), "ws+unix:/run/x:/");

    EXPECT_EQ(policy.policy.route().to_string(), "DIRECT");
}

TEST(CallPolicy, GivesEachRouteAnEqualPartOfTheTimeThatIsLeft) {
    ClientOptions options;
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1; PROXY b:2; DIRECT"));
    Policy policy(std::move(options));
    const Instant begin{};
    const Error silent{.code = TransportError::handshake_timeout, .phase = Phase::proxy};

    EXPECT_EQ(policy.policy.move_on_at(begin, begin + 9s), begin + 3s);
    EXPECT_TRUE(policy.retry(silent));
    EXPECT_EQ(policy.policy.move_on_at(begin + 3s, begin + 9s), begin + 6s);
    EXPECT_TRUE(policy.retry(silent));
    EXPECT_EQ(policy.policy.move_on_at(begin + 6s, begin + 9s), begin + 9s);
}

TEST(CallPolicy, PutsWhatHasFailedLastBehindARedirect) {
    ClientOptions options = with_redirects(3);
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1; PROXY b:2; DIRECT"));
    Policy policy(std::move(options));
    ASSERT_TRUE(policy.retry({.code = TransportError::handshake_timeout, .phase = Phase::proxy}));

    ASSERT_TRUE(policy.redirect("/b"));

    EXPECT_EQ(policy.policy.route().to_string(), "http://b:2");
    ASSERT_TRUE(policy.retry({.code = make_error_code(std::errc::connection_refused)}));
    EXPECT_EQ(policy.policy.route().to_string(), "DIRECT");
    ASSERT_TRUE(policy.retry({.code = make_error_code(std::errc::connection_refused)}));
    EXPECT_EQ(policy.policy.route().to_string(), "http://a:1");
}

TEST(CallPolicy, DoesNotGoAroundAProxyThatSaidNo) {
    ClientOptions options;
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1; DIRECT"));
    Policy policy(std::move(options));

    EXPECT_FALSE(policy.retry({.code = ProxyError::credentials_rejected}));
}

TEST(CallPolicy, DoesNotGoAroundAProxyForWhatFailsInsideItsTunnel) {
    ClientOptions options;
    options.proxies = proxy::Selector(*proxy::parse_routes("PROXY a:1; DIRECT"));
    Policy policy(std::move(options));

    for (const Phase phase : {Phase::tls, Phase::handshake}) {
        EXPECT_FALSE(policy.retry({.code = TransportError::closed_early, .phase = phase}));
    }
    EXPECT_TRUE(policy.retry({.code = TransportError::closed_early, .phase = Phase::proxy}));
}

TEST(CallPolicy, SaysWhatIsWrongInTheEnvironment) {
    ClientOptions options;
    options.proxies = proxy::Selector([](const char* name) -> std::optional<std::string> {
        if (std::string_view(name) == "https_proxy") return "ftp://x";
        return std::nullopt;
    });
    CallPolicy policy(options, uri("wss://example.org/"));

    const auto chosen = policy.choose_routes();

    ASSERT_FALSE(chosen);
    EXPECT_THAT(chosen.error().message, HasSubstr("https_proxy"));
}

}  // namespace
}  // namespace tautline::client
