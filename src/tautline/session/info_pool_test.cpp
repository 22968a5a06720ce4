// SPDX-License-Identifier: MIT
#include <tautline/session/info_pool.hpp>

#include <string>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

OpenInfo chat() {
    OpenInfo info;
    info.request = {.method = "GET",
                    .target = "/chat/red?a=1",
                    .version_minor = 1,
                    .fields = {{"Host", "localhost"}, {"Cookie", ""}, {"Cookie", "b=2"}},
                    .version_major = 2};
    info.response_fields = {{"Upgrade", "websocket"}};
    info.parameters = {{"room", "red"}};
    info.subprotocol = "chat.v2";
    info.compression = deflate::Parameters{.server_no_context_takeover = true,
                                           .client_no_context_takeover = false,
                                           .server_max_window_bits = 12,
                                           .client_max_window_bits = 9};
    info.stream = {.local_address = "127.0.0.1:80",
                   .peer_address = "192.0.2.1:5000",
                   .secure = true,
                   .tls_version = "TLSv1.3",
                   .tls_cipher = "a cipher",
                   .alpn = "http/1.1",
                   .peer_subject = "CN=me"};
    return info;
}

std::string text_of(const http::FieldList& fields) {
    std::string text;
    for (const auto& [name, value] : fields) text += name + ": " + value + "\n";
    return text;
}

TEST(InfoPool, GivesBackWhatItWasGiven) {
    InfoPool pool;
    const auto ticket = pool.pack(chat());
    const OpenInfo info = InfoPool::unpack(ticket);
    EXPECT_EQ(info.request.method, "GET");
    EXPECT_EQ(info.request.target, "/chat/red?a=1");
    EXPECT_EQ(info.request.version_minor, 1);
    EXPECT_EQ(info.request.version_major, 2);
    EXPECT_EQ(text_of(info.request.fields), "Host: localhost\nCookie: \nCookie: b=2\n");
    EXPECT_EQ(text_of(info.response_fields), "Upgrade: websocket\n");
    EXPECT_EQ(info.parameters, chat().parameters);
    EXPECT_EQ(info.subprotocol, "chat.v2");
    EXPECT_EQ(info.compression, chat().compression);
    EXPECT_EQ(info.stream.local_address, "127.0.0.1:80");
    EXPECT_EQ(info.stream.peer_address, "192.0.2.1:5000");
    EXPECT_TRUE(info.stream.secure);
    EXPECT_EQ(info.stream.tls_version, "TLSv1.3");
    EXPECT_EQ(info.stream.tls_cipher, "a cipher");
    EXPECT_EQ(info.stream.alpn, "http/1.1");
    EXPECT_EQ(info.stream.peer_subject, "CN=me");
}

TEST(InfoPool, GivesBackWhatWasEmpty) {
    InfoPool pool;
    const OpenInfo info = InfoPool::unpack(pool.pack({}));
    EXPECT_EQ(info.request.method, "");
    EXPECT_FALSE(info.compression);
    EXPECT_FALSE(info.stream.secure);
    EXPECT_EQ(info.stream.peer_address, "");
}

// Nothing checks the request that an application hands over.
TEST(InfoPool, GivesBackAFieldWithoutAName) {
    InfoPool pool;
    OpenInfo info = chat();
    info.request.fields = {{"Host", "h"}, {"", "x"}, {"Cookie", "c"}};
    const OpenInfo unpacked = InfoPool::unpack(pool.pack(info));
    EXPECT_EQ(text_of(unpacked.request.fields), "Host: h\n: x\nCookie: c\n");
    EXPECT_EQ(unpacked.stream.peer_subject, "CN=me");
}

TEST(InfoPool, GivesBackEveryFormOfAddress) {
    InfoPool pool;
    for (const auto* address :
         {"192.0.2.1:5000", "[2001:db8::1]:443", "unix:/run/x", "unix:", "", "[2001:DB8::1]:443",
          "1.2.3.4:99999", "1.2.3.4:", "1.2.3.4:080", "[1.2.3.4]:80", "::1:80", "localhost:80"}) {
        OpenInfo info;
        info.stream.peer_address = address;
        EXPECT_EQ(InfoPool::unpack(pool.pack(info)).stream.peer_address, address);
    }
}

TEST(InfoPool, KeepsOnceWhatDiffersInAddressAndKeyOnly) {
    InfoPool pool;
    for (int i = 0; i < 3; ++i) {
        OpenInfo info = chat();
        info.stream.peer_address = "192.0.2.1:" + std::to_string(5000 + i);
        info.request.fields.add("sec-websocket-key", std::to_string(i));
        info.response_fields.add("Sec-WebSocket-Accept", std::to_string(i));
        EXPECT_EQ(InfoPool::unpack(pool.pack(info)).stream.peer_address, info.stream.peer_address);
    }
    EXPECT_EQ(pool.size(), 1U);
}

TEST(InfoPool, LeavesOutTheKeyAndItsAnswerAndNothingElse) {
    InfoPool pool;
    OpenInfo info;
    info.request.fields = {{"Host", "h"}, {"Sec-WebSocket-Key", "k"}, {"Cookie", "c"}};
    info.response_fields = {{"sec-websocket-accept", "a"}, {"Upgrade", "websocket"}};
    const OpenInfo unpacked = InfoPool::unpack(pool.pack(info));
    EXPECT_EQ(text_of(unpacked.request.fields), "Host: h\nCookie: c\n");
    EXPECT_EQ(text_of(unpacked.response_fields), "Upgrade: websocket\n");
}

TEST(InfoPool, ForgetsATextWhenItsLastTicketIsBack) {
    InfoPool pool;
    const auto first = pool.pack(chat());
    const auto second = pool.pack(chat());
    const auto other = pool.pack({});
    EXPECT_EQ(pool.size(), 2U);
    pool.drop(first);
    EXPECT_EQ(InfoPool::unpack(second).subprotocol, "chat.v2");
    pool.drop(second);
    EXPECT_EQ(pool.size(), 1U);
    pool.drop(other);
    pool.drop({});
    EXPECT_EQ(pool.size(), 0U);
}

}  // namespace
}  // namespace tautline::session
