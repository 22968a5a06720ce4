// SPDX-License-Identifier: MIT
#include <tautline/dial/socket_connect.hpp>

#include <optional>
#include <string>

#include <asio/local/stream_protocol.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <tests/support/listener.hpp>
#include <tests/support/run_until.hpp>
#include <unistd.h>

namespace tautline::dial {
namespace {

struct Connecting {
    OnStream keep() {
        return [this](std::expected<Stream, Error> done) { result = std::move(done); };
    }
    [[nodiscard]] bool finish() {
        return test::run_until(context, [this] { return result.has_value(); });
    }
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::optional<std::expected<Stream, Error>> result;
};

TEST(SocketConnect, GivesAStream) {
    test::SilentListener listener;
    Connecting connecting;
    const auto operation = connect_tcp(connecting.loop, listener.endpoint(), connecting.keep());
    EXPECT_FALSE(connecting.result);

    ASSERT_TRUE(connecting.finish());

    ASSERT_TRUE(*connecting.result);
    EXPECT_EQ((**connecting.result)->info().peer_address, listener.endpoint().to_string());
}

TEST(SocketConnect, IsNotInherited) {
    test::SilentListener listener;
    Connecting connecting;
    auto operation = connect_tcp(connecting.loop, listener.endpoint(), connecting.keep());
    ASSERT_TRUE(connecting.finish());  // Asio's own descriptors come with the first socket.
    const int next = ::dup(STDIN_FILENO);
    ::close(next);

    operation = connect_tcp(connecting.loop, listener.endpoint(), connecting.keep());

    sockaddr_storage address{};
    socklen_t size = sizeof address;
    ASSERT_EQ(::getsockname(next, reinterpret_cast<sockaddr*>(&address), &size), 0);
    EXPECT_EQ(::fcntl(next, F_GETFD), FD_CLOEXEC);
}

// A Unix socket on which one connection waits, and no further one may.
struct FullListener {
    FullListener() {
        ::unlink(path.c_str());
        acceptor.open();
        acceptor.bind(asio::local::stream_protocol::endpoint(path));
        acceptor.listen(0);
        waiting.connect(asio::local::stream_protocol::endpoint(path));
    }
    ~FullListener() { ::unlink(path.c_str()); }
    std::string path = testing::TempDir() + "full." + std::to_string(::getpid());
    asio::io_context context;
    asio::local::stream_protocol::acceptor acceptor{context};
    asio::local::stream_protocol::socket waiting{context};
};

TEST(SocketConnect, WaitsForAUnixSocketWhoseBacklogIsFull) {
    FullListener listener;
    Connecting connecting;
    const auto operation = connect_unix(connecting.loop, listener.path, connecting.keep());
    test::run_ready(connecting.context);
    EXPECT_FALSE(connecting.result);

    const auto first = listener.acceptor.accept();
    ASSERT_TRUE(connecting.finish());

    EXPECT_TRUE(*connecting.result) << connecting.result->error().to_string();
}

TEST(SocketConnect, WaitsForNoBacklogWhenItIsDestroyed) {
    FullListener listener;
    Connecting connecting;
    auto operation = connect_unix(connecting.loop, listener.path, connecting.keep());
    test::run_ready(connecting.context);

    operation.reset();
    const auto first = listener.acceptor.accept();
    connecting.loop.timers().advance(connecting.loop.now() + std::chrono::seconds(1));
    test::run_ready(connecting.context);

    EXPECT_FALSE(connecting.result);
    listener.acceptor.non_blocking(true);
    asio::error_code error;
    (void)listener.acceptor.accept(error);
    EXPECT_EQ(error, asio::error::would_block);
}

TEST(SocketConnect, SaysWhoRefused) {
    const auto endpoint = test::refusing_endpoint();
    Connecting connecting;
    const auto operation = connect_tcp(connecting.loop, endpoint, connecting.keep());

    ASSERT_TRUE(connecting.finish());

    const Error& error = connecting.result->error();
    EXPECT_EQ(error.code, std::errc::connection_refused);
    EXPECT_EQ(error.phase, Phase::connect);
    EXPECT_EQ(error.endpoint, endpoint.to_string());
    EXPECT_NE(error.message.find("server running"), std::string::npos);
}

TEST(SocketConnect, GivesUpWhenItIsDestroyed) {
    test::SilentListener listener;
    Connecting connecting;
    (void)io::Loop::of(connecting.context);
    const auto before = test::open_descriptors();
    auto operation = connect_tcp(connecting.loop, listener.endpoint(), connecting.keep());

    operation.reset();
    test::run_ready(connecting.context);

    EXPECT_FALSE(connecting.result);
    // Asio's own descriptors come with the first socket and stay.
    EXPECT_LE(test::open_descriptors(), before + 3);
}

TEST(SocketConnect, MayBeDestroyedInItsCallback) {
    test::SilentListener listener;
    Connecting connecting;
    bool called = false;
    std::unique_ptr<Operation> operation;
    operation = connect_tcp(connecting.loop, listener.endpoint(), [&](auto) {
        operation.reset();
        called = true;
    });

    EXPECT_TRUE(test::run_until(connecting.context, [&] { return called; }));
}

TEST(SocketConnect, RefusesAUnixPathThatIsTooLong) {
    Connecting connecting;
    const auto operation =
        connect_unix(connecting.loop, "/" + std::string(107, 'x'), connecting.keep());

    ASSERT_TRUE(connecting.finish());

    EXPECT_EQ(connecting.result->error().code, std::errc::filename_too_long);
}

TEST(SocketConnect, SaysThatAUnixSocketIsNotThere) {
    Connecting connecting;
    const auto operation =
        connect_unix(connecting.loop, testing::TempDir() + "no-such-socket", connecting.keep());

    ASSERT_TRUE(connecting.finish());

    EXPECT_EQ(connecting.result->error().code, std::errc::no_such_file_or_directory);
}

}  // namespace
}  // namespace tautline::dial
