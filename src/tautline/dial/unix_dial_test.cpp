// SPDX-License-Identifier: MIT
#include <tautline/dial/unix_dial.hpp>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>
#include <tests/support/event_journal.hpp>
#include <tests/support/run_until.hpp>
#include <unistd.h>

#include <tautline/dial/body_reader.hpp>

// connect_test speaks over such a socket, and waits in vain on one.

namespace tautline::dial {
namespace {

using Socket = asio::local::stream_protocol;
using namespace std::chrono_literals;

RaceSetup setup_for(const std::string& path, Instant give_up_at) {
    const auto uri = *http::parse_uri("ws+unix:" + path + ":/");
    return {.uri = uri,
            .offer = {.uri = uri},
            .tls = {},
            .head_limits = {},
            .network = {},
            .observed = {},
            .give_up_at = give_up_at};
}

struct Dialling {
    Dialling() : path(testing::TempDir() + "unix_dial." + std::to_string(::getpid())) {
        ::unlink(path.c_str());
        acceptor.emplace(context, Socket::endpoint(path));
        acceptor->async_accept(
            peer, [this](const asio::error_code&) { asio::write(peer, asio::buffer(answer)); });
    }
    ~Dialling() { ::unlink(path.c_str()); }
    // The status of the refusal, or 0.
    [[nodiscard]] int dial(Duration within) {
        std::optional<std::expected<Upgraded, Error>> result;
        auto setup = setup_for(path, loop.now() + within);
        setup.observed = {.observer = journal, .id = observe::CallId(1)};
        const UnixDial dialling(loop, std::move(setup),
                                [&](auto done) { result = std::move(done); });
        if (!test::run_until(context, [&] { return result.has_value(); }) || *result) return -1;
        body = result->error().refusal ? result->error().refusal->body : "";
        return result->error().refusal ? result->error().refusal->status : 0;
    }
    // How often observers were told that it failed.
    [[nodiscard]] auto failures() const {
        return std::ranges::count(journal->of(observe::CallId(1)), "AttemptFailed");
    }
    std::shared_ptr<test::EventJournal> journal = std::make_shared<test::EventJournal>();
    std::string path;
    std::string answer;
    std::string body;
    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::optional<Socket::acceptor> acceptor;
    Socket::socket peer{context};
};

TEST(UnixDial, SaysAtItsDeadlineThatTheBacklogIsFull) {
    asio::io_context context;
    auto& loop = io::Loop::of(context);
    const std::string path = testing::TempDir() + "full_dial." + std::to_string(::getpid());
    ::unlink(path.c_str());
    Socket::acceptor acceptor(context);
    acceptor.open();
    acceptor.bind(Socket::endpoint(path));
    acceptor.listen(0);
    Socket::socket waiting(context);
    waiting.connect(Socket::endpoint(path));
    std::optional<std::expected<Upgraded, Error>> result;

    const UnixDial dialling(loop, setup_for(path, loop.now() + 50ms),
                            [&](auto done) { result = std::move(done); });
    EXPECT_TRUE(test::run_until(context, [&] { return result.has_value(); }));
    ::unlink(path.c_str());

    EXPECT_EQ(result->error().code, TransportError::handshake_timeout);
    EXPECT_TRUE(result->error().message.contains("backlog is full")) << result->error().message;
}

TEST(UnixDial, TellsARefusalWithItsBody) {
    Dialling dialling;
    dialling.answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nabc";

    EXPECT_EQ(dialling.dial(20s), 403);
    EXPECT_EQ(dialling.body, "abc");
    EXPECT_EQ(dialling.failures(), 1);
}

TEST(UnixDial, TellsObserversThatItFailed) {
    Dialling dialling;
    dialling.answer = "nonsense\r\n\r\n";

    EXPECT_EQ(dialling.dial(20s), 0);
    EXPECT_EQ(dialling.failures(), 1);
}

TEST(UnixDial, LosesNoRefusalAtTheDeadlineWhileItsBodyIsRead) {
    Dialling dialling;
    dialling.answer = "HTTP/1.1 403 Forbidden\r\nContent-Length: 10\r\n\r\nabc";

    EXPECT_EQ(dialling.dial(kRefusalBodyTime - 100ms), 403);
}

}  // namespace
}  // namespace tautline::dial
