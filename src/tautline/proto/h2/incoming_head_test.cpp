// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/incoming_head.hpp>

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
using enum IncomingHead::Verdict;

const Fields kGet = {
    {":method", "GET"}, {":scheme", "https"}, {":authority", "a.org"}, {":path", "/p?q"}};

IncomingHead collect(const Fields& fields, const Fields& more = {}, http::HeadLimits limits = {}) {
    IncomingHead head(limits);
    for (const auto& [name, value] : fields) EXPECT_TRUE(head.add(name, value));
    for (const auto& [name, value] : more) EXPECT_TRUE(head.add(name, value));
    return head;
}

TEST(IncomingHead, IsARequestAsHttp1HasThem) {
    IncomingHead head = collect(kGet, {{"accept", "*/*"}});

    ASSERT_EQ(head.verdict(), fine);
    const auto request = head.take_request();
    EXPECT_EQ(request->head.version_major, 2);
    EXPECT_EQ(request->head.method, "GET");
    EXPECT_EQ(request->head.target, "/p?q");
    EXPECT_EQ(request->scheme, "https");
    EXPECT_EQ(request->authority, "a.org");
    EXPECT_EQ(request->protocol, "");
    EXPECT_EQ(request->head.fields.find("Host"), "a.org");
    EXPECT_EQ(request->head.fields.find("accept"), "*/*");
}

TEST(IncomingHead, KnowsTheProtocolOfAnExtendedConnect) {
    IncomingHead head = collect({{":method", "CONNECT"},
                                 {":protocol", "webtransport"},
                                 {":scheme", "https"},
                                 {":authority", "a"},
                                 {":path", "/"}});

    ASSERT_EQ(head.verdict(), fine);
    EXPECT_EQ(head.take_request()->protocol, "webtransport");
}

TEST(IncomingHead, HasTheAuthorityAsTargetOfAPlainConnect) {
    IncomingHead head = collect({{":method", "CONNECT"}, {":authority", "a:443"}});

    ASSERT_EQ(head.verdict(), fine);
    EXPECT_EQ(head.take_request()->head.target, "a:443");
}

// RFC 9113 section 8.2.3.
TEST(IncomingHead, JoinsTheCrumbsOfACookie) {
    IncomingHead head = collect(kGet, {{"cookie", "a=1"}, {"x", "y"}, {"cookie", "b=2"}});

    EXPECT_EQ(head.take_request()->head.fields.combined("cookie"), "a=1; b=2");
}

// RFC 9113 section 8.3.1.
TEST(IncomingHead, RefusesAHostThatIsNotTheAuthority) {
    EXPECT_EQ(collect(kGet, {{"host", "A.org"}}).verdict(), fine);
    EXPECT_EQ(collect(kGet, {{"host", "b.org"}}).verdict(), malformed);
}

TEST(IncomingHead, HasOneHost) {
    IncomingHead head = collect(kGet, {{"host", "a.org"}});

    EXPECT_EQ(head.take_request()->head.fields.count("host"), 1U);
}

TEST(IncomingHead, TakesTheHostForAMissingAuthority) {
    IncomingHead head =
        collect({{":method", "GET"}, {":scheme", "https"}, {":path", "/"}, {"host", "a.org"}});

    EXPECT_EQ(head.take_request()->authority, "a.org");
}

TEST(IncomingHead, WantsAPathWithASlash) {
    const auto verdict_for = [](const std::string& method, const std::string& path) {
        return collect({{":method", method}, {":scheme", "x"}, {":path", path}}).verdict();
    };

    EXPECT_EQ(verdict_for("GET", "path"), malformed);
    EXPECT_EQ(verdict_for("GET", "*"), malformed);
    EXPECT_EQ(verdict_for("OPTIONS", "*"), fine);
}

TEST(IncomingHead, IsAResponse) {
    IncomingHead head = collect({{":status", "404"}, {"server", "x"}});

    ASSERT_EQ(head.verdict(), fine);
    EXPECT_EQ(head.status(), 404);
    const auto response = head.take_response();
    EXPECT_EQ(response->version_major, 2);
    EXPECT_EQ(response->status, 404);
    EXPECT_EQ(response->fields.find("server"), "x");
}

// ── limits ──

TEST(IncomingHead, X03_HoldsTheWholeHeadToItsLimit) {
    const Fields head = {{":status", "200"}, {"a", "b"}};
    constexpr std::size_t kBytes = 7 + 3 + 32 + 1 + 1 + 32;

    EXPECT_EQ(collect(head, {}, {.head_bytes = kBytes}).verdict(), fine);
    EXPECT_EQ(collect(head, {}, {.head_bytes = kBytes - 1}).verdict(), too_large);
}

TEST(IncomingHead, X03_HoldsEachFieldToItsLimit) {
    const Fields head = {{":status", "200"}, {"name", "0123456789"}};

    EXPECT_EQ(collect(head, {}, {.line_bytes = 14}).verdict(), fine);
    EXPECT_EQ(collect(head, {}, {.line_bytes = 13}).verdict(), too_large);
}

TEST(IncomingHead, X03_HoldsTheNumberOfFieldsToItsLimit) {
    EXPECT_EQ(collect(kGet, {}, {.fields = 4}).verdict(), fine);
    EXPECT_EQ(collect(kGet, {}, {.fields = 3}).verdict(), too_large);
}

TEST(IncomingHead, X03_GivesUpOnAHeadFourTimesTooLarge) {
    IncomingHead large({.head_bytes = 100});
    IncomingHead hopeless({.head_bytes = 99});

    // With its name and what a field counts, 400 bytes.
    EXPECT_TRUE(large.add("a", std::string(367, 'x')));
    EXPECT_FALSE(hopeless.add("a", std::string(367, 'x')));
}

TEST(IncomingHead, X03_StoresNothingMoreWhenItIsTooLarge) {
    IncomingHead head = collect(kGet, {{"a", "1"}, {"b", "2"}}, {.fields = 4});

    EXPECT_EQ(head.verdict(), too_large);
    EXPECT_FALSE(head.take_request()->head.fields.has("a"));
}

}  // namespace
}  // namespace tautline::h2
