// SPDX-License-Identifier: MIT
// Sockets that listen already: of systemd, or of a program that this one takes over from.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <tests/support/raw_client.hpp>
#include <tests/support/running_server.hpp>

#include <tautline/server/listen_socket.hpp>
#include <tautline/server/server.hpp>

namespace tautline {
namespace {

using test::RawClient;

TEST(ServerListen, ServesASocketThatIsHandedIn) {
    auto handed_in = server::open_listen_socket({});
    ASSERT_TRUE(handed_in);
    // Waits since before there was a server.
    RawClient client(handed_in->port);
    test::RunningServer running({.threads = 2});
    running.server.get("/", [](const Request&) { return Response::text("ok"); });

    const int fd = handed_in->descriptor.release();
    EXPECT_EQ(running.start({.descriptor = fd}), handed_in->port);

    EXPECT_LT(::fcntl(fd, F_GETFD), 0) << "it is the server's";
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(client.read_all().ends_with("ok"));
    running.stop(std::chrono::seconds(5));
    EXPECT_FALSE(RawClient(handed_in->port).connected());
}

TEST(ServerListen, TellsWhereItListens) {
    auto handed_in = server::open_listen_socket({.host = "127.0.0.2"});
    ASSERT_TRUE(handed_in);
    Server server;

    const auto endpoint = server.listen({.descriptor = handed_in->descriptor.release()});

    ASSERT_TRUE(endpoint) << endpoint.error().to_string();
    EXPECT_EQ(endpoint->url(), "ws://127.0.0.2:" + std::to_string(handed_in->port) + "/");
}

TEST(ServerListen, LeavesWhatItCannotUse) {
    const server::Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    Server server;

    for (const auto& options : {ListenOptions{.descriptor = file.get()},
                                ListenOptions{.port = 80, .descriptor = file.get()}}) {
        const auto endpoint = server.listen(options);
        ASSERT_FALSE(endpoint);
        EXPECT_EQ(endpoint.error().code, UsageError::option_invalid);
    }

    EXPECT_GE(::fcntl(file.get(), F_GETFD), 0);
}

}  // namespace
}  // namespace tautline
