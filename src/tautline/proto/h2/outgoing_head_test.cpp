// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/outgoing_head.hpp>

#include <gtest/gtest.h>

namespace tautline::h2 {
namespace {

Request websocket() {
    return {.head = {.method = "CONNECT", .target = "/chat", .version_minor = 1, .fields = {}},
            .protocol = "websocket",
            .scheme = "https",
            .authority = "a.org"};
}

// RFC 8441 section 5.1.
TEST(OutgoingHead, WritesAnExtendedConnect) {
    Request request = websocket();
    request.head.fields = {{"Sec-WebSocket-Version", "13"}};

    EXPECT_EQ(outgoing_request(request), (OutgoingHead{{":method", "CONNECT"},
                                                       {":protocol", "websocket"},
                                                       {":scheme", "https"},
                                                       {":authority", "a.org"},
                                                       {":path", "/chat"},
                                                       {"sec-websocket-version", "13"}}));
}

TEST(OutgoingHead, WritesAnOrdinaryRequest) {
    Request request = websocket();
    request.head.method = "GET";
    request.protocol.clear();

    EXPECT_EQ(outgoing_request(request)->at(1).first, ":scheme");
}

// RFC 9113 section 8.2.2.
TEST(OutgoingHead, X01_LeavesOutWhatBelongsToAConnection) {
    const http::ResponseHead head{.status = 200,
                                  .fields = {{"Connection", "close"},
                                             {"Transfer-Encoding", "chunked"},
                                             {"Upgrade", "websocket"},
                                             {"Host", "a"},
                                             {"X", "y"}}};

    EXPECT_EQ(outgoing_response(head), (OutgoingHead{{":status", "200"}, {"x", "y"}}));
}

TEST(OutgoingHead, X01_RefusesFieldsThatMayNotTravel) {
    for (const http::FieldList& fields :
         {http::FieldList{{"a\r\nb", "c"}}, http::FieldList{{"a", "b\nc"}},
          http::FieldList{{"a", std::string("b\0c", 3)}}, http::FieldList{{"", "b"}},
          http::FieldList{{":path", "/"}}}) {
        Request request = websocket();
        request.head.fields = fields;

        EXPECT_EQ(outgoing_request(request).error(), UsageError::header_invalid);
        EXPECT_EQ(outgoing_response({.fields = fields}).error(), UsageError::header_invalid);
    }
}

TEST(OutgoingHead, HoldsWholeHeadsToTheirSize) {
    const auto with = [](std::size_t bytes) {
        return outgoing_response({.fields = {{"x", std::string(bytes, 'y')}}});
    };
    // ":status" and "200", "x", and 32 for each.
    constexpr std::size_t kMost = kMaxOutgoingHeadBytes - 10 - 1 - 64;

    EXPECT_TRUE(with(kMost));
    EXPECT_EQ(with(kMost + 1).error(), UsageError::header_invalid);
}

TEST(OutgoingHead, X01_RefusesRequestsWithoutTheirParts) {
    const auto error_of = [](auto change) {
        Request request = websocket();
        change(request);
        return outgoing_request(request).error();
    };

    EXPECT_EQ(error_of([](Request& r) { r.head.method = "A B"; }), UsageError::header_invalid);
    EXPECT_EQ(error_of([](Request& r) { r.head.target = "x"; }), UsageError::header_invalid);
    EXPECT_EQ(error_of([](Request& r) { r.head.target = "/\n"; }), UsageError::header_invalid);
    EXPECT_EQ(error_of([](Request& r) { r.scheme.clear(); }), UsageError::header_invalid);
    EXPECT_EQ(error_of([](Request& r) { r.authority.clear(); }), UsageError::header_invalid);
}

TEST(OutgoingHead, RefusesAStatusThatIsNoFinalOne) {
    EXPECT_EQ(outgoing_response({.status = 199}).error(), UsageError::header_invalid);
    EXPECT_TRUE(outgoing_response({.status = 200}));
    EXPECT_TRUE(outgoing_response({.status = 599}));
    EXPECT_EQ(outgoing_response({.status = 600}).error(), UsageError::header_invalid);
}

}  // namespace
}  // namespace tautline::h2
