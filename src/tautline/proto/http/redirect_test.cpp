// SPDX-License-Identifier: MIT
#include <tautline/proto/http/redirect.hpp>

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

Uri uri(std::string_view text) {
    const auto parsed = parse_uri(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(Uri{});
}

std::string resolve(std::string_view base, std::string_view reference) {
    const auto resolved = resolve_reference(uri(base), reference);
    if (!resolved) return std::string(message_for(resolved.error()));
    EXPECT_FALSE(resolved->has_userinfo && base.find('@') == base.npos);
    return (resolved->secure ? "wss://" : "ws://") + resolved->host_field() + resolved->target;
}

ResponseHead to(std::string location) {
    return {.status = 302,
            .reason = {},
            .version_minor = 1,
            .fields = {{"Location", std::move(location)}}};
}

RedirectError refused(std::string_view start, std::string location) {
    RedirectTrail trail(uri(start));
    const auto followed = trail.follow(to(std::move(location)));
    EXPECT_FALSE(followed);
    EXPECT_EQ(trail.count(), 0);
    return followed ? RedirectError::too_many : followed.error();
}

TEST(Redirect, KnowsWhichStatusesLeadElsewhere) {
    for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status)) << status;
    for (const int status : {101, 200, 300, 304, 305, 306, 309, 401, 503}) {
        EXPECT_FALSE(is_redirect(status)) << status;
    }
}

// RFC 3986 section 5.4, its examples that have a scheme and a form that is supported here.
TEST(ResolveReference, FollowsEveryExampleOfTheStandard) {
    const std::pair<const char*, const char*> cases[] = {
        {"g", "/b/c/g"},
        {"./g", "/b/c/g"},
        {"g/", "/b/c/g/"},
        {"/g", "/g"},
        {"?y", "/b/c/d;p?y"},
        {"g?y", "/b/c/g?y"},
        {"#s", "/b/c/d;p?q"},
        {"g#s", "/b/c/g"},
        {"g?y#s", "/b/c/g?y"},
        {";x", "/b/c/;x"},
        {"g;x", "/b/c/g;x"},
        {"g;x?y#s", "/b/c/g;x?y"},
        {"", "/b/c/d;p?q"},
        {".", "/b/c/"},
        {"./", "/b/c/"},
        {"..", "/b/"},
        {"../", "/b/"},
        {"../g", "/b/g"},
        {"../..", "/"},
        {"../../", "/"},
        {"../../g", "/g"},
        {"../../../g", "/g"},
        {"../../../../g", "/g"},
        {"/./g", "/g"},
        {"/../g", "/g"},
        {"g.", "/b/c/g."},
        {".g", "/b/c/.g"},
        {"g..", "/b/c/g.."},
        {"..g", "/b/c/..g"},
        {"./../g", "/b/g"},
        {"./g/.", "/b/c/g/"},
        {"g/./h", "/b/c/g/h"},
        {"g/../h", "/b/c/h"},
        {"g;x=1/./y", "/b/c/g;x=1/y"},
        {"g;x=1/../y", "/b/c/y"},
        {"g?y/./x", "/b/c/g?y/./x"},
        {"g?y/../x", "/b/c/g?y/../x"},
        {"g#s/../x", "/b/c/g"},
    };
    for (const auto& [reference, target] : cases) {
        EXPECT_EQ(resolve("http://a/b/c/d;p?q", reference), std::string("ws://a") + target)
            << reference;
    }
    EXPECT_EQ(resolve("http://a/b/c/d;p?q", "//g"), "ws://g/");
}

TEST(ResolveReference, ReadsHttpAsWs) {
    EXPECT_EQ(resolve("ws://a/", "https://b:8443/x/../y?z"), "wss://b:8443/y?z");
    EXPECT_EQ(resolve("ws://a/", "HTTP://b"), "ws://b/");
    EXPECT_EQ(resolve("wss://a/", "//b/x"), "wss://b/x");
    EXPECT_EQ(resolve("ws://a:81/", "x"), "ws://a:81/x");
}

TEST(ResolveReference, KeepsEmptySegments) {
    EXPECT_EQ(resolve("ws://a/", "/x//../y"), "ws://a/x/y");
    EXPECT_EQ(resolve("ws://a/", "/.//x"), "ws://a//x");
}

TEST(ResolveReference, H22_RefusesOtherSchemes) {
    for (const char* reference : {"file:///etc/passwd", "http+unix://x/y", "ws+unix:/tmp/x:/",
                                  "javascript:1", "a:b", "ftp://x"}) {
        EXPECT_EQ(refused("ws://a/", reference), RedirectError::scheme_unsupported) << reference;
    }
}

TEST(ResolveReference, RefusesWhatIsNoUrl) {
    for (const char* reference :
         {"http:x", "http:/x", "http://", "//", "http://a:0/", "/a b", "\xc3\xbc", "/a\r\nb"}) {
        EXPECT_EQ(refused("ws://a/", reference), RedirectError::location_invalid) << reference;
    }
}

TEST(ResolveReference, StaysOnAUnixSocket) {
    const auto resolved = resolve_reference(uri("ws+unix:/tmp/s:/a/b"), "../c");
    ASSERT_TRUE(resolved);
    EXPECT_EQ(resolved->unix_path, "/tmp/s");
    EXPECT_EQ(resolved->target, "/c");
    EXPECT_FALSE(same_origin(*resolved, uri("ws://localhost/c")));
}

TEST(RedirectTrail, Follows) {
    RedirectTrail trail(uri("ws://a/x"));
    EXPECT_TRUE(trail.follow(to("y?z")));
    EXPECT_EQ(trail.current().target, "/y?z");
    EXPECT_EQ(trail.count(), 1);
    EXPECT_FALSE(trail.left_origin());
}

TEST(RedirectTrail, H22_FiveTimesAtMost) {
    RedirectTrail trail(uri("ws://a/0"));
    for (int i = 1; i <= 5; ++i) EXPECT_TRUE(trail.follow(to("/" + std::to_string(i))));
    EXPECT_EQ(trail.follow(to("/6")).error(), RedirectError::too_many);
    EXPECT_EQ(trail.current().target, "/5");
    EXPECT_EQ(RedirectTrail(uri("ws://a/"), 0).follow(to("/1")).error(), RedirectError::too_many);
}

TEST(RedirectTrail, H22_NeverGivesUpEncryption) {
    EXPECT_EQ(refused("wss://a/", "http://a/"), RedirectError::downgrade);
    EXPECT_EQ(refused("wss://a/", "ws://b/"), RedirectError::downgrade);
    RedirectTrail trail(uri("ws://a/"));
    EXPECT_TRUE(trail.follow(to("wss://a/")));
    EXPECT_EQ(trail.follow(to("ws://a/x")).error(), RedirectError::downgrade);
}

TEST(RedirectTrail, H15_FindsLoops) {
    EXPECT_EQ(refused("ws://a/x", "/x"), RedirectError::loop);
    EXPECT_EQ(refused("ws://a/x", ""), RedirectError::loop);
    EXPECT_EQ(refused("ws://a/x", "HTTP://A:80/y/../x#z"), RedirectError::loop);
    RedirectTrail trail(uri("ws://a/1"));
    EXPECT_TRUE(trail.follow(to("/2")));
    EXPECT_TRUE(trail.follow(to("/3")));
    EXPECT_EQ(trail.follow(to("/1")).error(), RedirectError::loop);
}

TEST(RedirectTrail, H15_FollowsCirclesToTheLimitWhereTheyAreAllowed) {
    RedirectTrail trail(uri("ws://a/x"), 3, Circles::followed);
    EXPECT_TRUE(trail.follow(to("/x")));
    EXPECT_TRUE(trail.follow(to("/y")));
    EXPECT_TRUE(trail.follow(to("/x")));
    EXPECT_EQ(trail.current().target, "/x");
    EXPECT_EQ(trail.count(), 3);
    EXPECT_EQ(trail.follow(to("/x")).error(), RedirectError::too_many);
}

TEST(RedirectTrail, NeedsExactlyOneLocation) {
    RedirectTrail trail(uri("ws://a/"));
    ResponseHead none = to("/x");
    none.fields.remove("Location");
    EXPECT_EQ(trail.follow(none).error(), RedirectError::location_missing);
    ResponseHead two = to("/x");
    two.fields.add("location", "/y");
    EXPECT_EQ(trail.follow(two).error(), RedirectError::location_missing);
}

TEST(RedirectTrail, H22_KeepsUserinfoOnlyInTheSameOrigin) {
    RedirectTrail trail(uri("ws://user:secret@a/"));
    EXPECT_TRUE(trail.follow(to("http://other:word@a/x")));
    EXPECT_EQ(trail.current().user, "user");
    EXPECT_EQ(trail.current().password, "secret");
    EXPECT_TRUE(trail.follow(to("http://other:word@b/x")));
    EXPECT_FALSE(trail.current().has_userinfo);
    EXPECT_EQ(trail.current().password, "");
}

TEST(RedirectTrail, H22_AnotherHostPortOrSchemeIsAnotherOrigin) {
    for (const char* location : {"//b/", "//a:81/", "wss://a/", "wss://a:80/"}) {
        RedirectTrail trail(uri("ws://a/x"));
        EXPECT_TRUE(trail.follow(to(location)));
        EXPECT_TRUE(trail.left_origin()) << location;
    }
}

TEST(RedirectTrail, ReturningDoesNotRestoreTrust) {
    RedirectTrail trail(uri("ws://user:secret@a/"));
    EXPECT_TRUE(trail.follow(to("//b/")));
    EXPECT_TRUE(trail.follow(to("/next")));
    EXPECT_TRUE(trail.left_origin());
    EXPECT_TRUE(trail.follow(to("//a/chosen-by-b")));
    EXPECT_TRUE(trail.left_origin());
    EXPECT_FALSE(trail.current().has_userinfo);
}

TEST(Redirect, H22_CredentialsCanBePutBack) {
    const FieldList before{{"cookie", "own"}, {"X", "1"}};
    FieldList fields{{"AUTHORIZATION", "set"},
                     {"Cookie", "set"},
                     {"Cookie", "set"},
                     {"Proxy-Authorization", "set"},
                     {"X", "2"}};

    restore_credentials(fields, before);

    EXPECT_EQ(fields.size(), 2U);
    EXPECT_EQ(fields.find("Cookie"), "own");
    EXPECT_EQ(fields.find("X"), "2");
}

TEST(Redirect, H22_OnlyHarmlessFieldsFollowToAnotherOrigin) {
    const FieldList kept = fields_for_other_origin({{"Authorization", "x"},
                                                    {"accept-language", "de"},
                                                    {"Cookie", "x"},
                                                    {"Proxy-Authorization", "x"},
                                                    {"X-Api-Key", "x"},
                                                    {"User-Agent", "y"},
                                                    {"Accept", "z"}});
    EXPECT_EQ(kept.size(), 3u);
    EXPECT_EQ(kept.find("Accept-Language"), "de");
    EXPECT_EQ(kept.find("User-Agent"), "y");
    EXPECT_EQ(kept.find("Accept"), "z");
}

TEST(Redirect, EveryErrorHasWordsOfItsOwn) {
    for (int value = 0; value < static_cast<int>(RedirectError::too_many); ++value) {
        EXPECT_NE(message_for(static_cast<RedirectError>(value)),
                  message_for(static_cast<RedirectError>(value + 1)));
    }
}

}  // namespace
}  // namespace tautline::http
