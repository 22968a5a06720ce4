// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <tautline/server/server.hpp>

namespace tautline::test {

/// A server in a process of its own that is ended with SIGKILL, in the middle of whatever it does.
/// It notes the numbers that it receives as text in memory that outlives it.
class KillableServer {
public:
    static constexpr std::size_t kMaxNotes = 100'000;

    KillableServer()
        : notes_(static_cast<Notes*>(::mmap(nullptr, sizeof(Notes), PROT_READ | PROT_WRITE,
                                            MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
        EXPECT_NE(static_cast<void*>(notes_), MAP_FAILED);
    }
    ~KillableServer() {
        kill();
        ::munmap(notes_, sizeof(Notes));
    }
    KillableServer(const KillableServer&) = delete;
    KillableServer& operator=(const KillableServer&) = delete;

    /// Returns when it listens; always on the same port.
    void start() {
        std::array<int, 2> pipe{};
        ASSERT_EQ(::pipe(pipe.data()), 0);
        process_ = ::fork();
        ASSERT_GE(process_, 0);
        if (process_ == 0) serve(pipe[1]);
        ::close(pipe[1]);
        EXPECT_EQ(::read(pipe[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
        ::close(pipe[0]);
    }
    void kill() {
        if (process_ <= 0) return;
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
        process_ = -1;
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t count() const { return notes_->count.load(); }
    /// All numbers received so far, in order, over all its lives.
    [[nodiscard]] std::vector<int> received() const {
        return {notes_->numbers.begin(), notes_->numbers.begin() + static_cast<long>(count())};
    }

private:
    struct Notes {
        std::atomic<std::size_t> count;
        std::array<int, kMaxNotes> numbers;
    };

    [[noreturn]] void serve(int ready) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        Server server;
        server.websocket(
            "/", {.on_message = [this](Peer&, MessageView message) { note(message.text()); }});
        const auto endpoint = server.listen({.port = port_});
        if (!endpoint) ::_exit(1);
        const auto port = endpoint->port;
        if (::write(ready, &port, sizeof port) != sizeof port) ::_exit(1);
        server.run();
        ::_exit(0);
    }
    // Only the server in this process writes.
    void note(std::string_view text) {
        const std::size_t place = notes_->count.load();
        if (place == kMaxNotes) ::_exit(1);
        std::from_chars(text.data(), text.data() + text.size(), notes_->numbers[place]);
        notes_->count.store(place + 1);
    }

    Notes* notes_;
    std::uint16_t port_ = 0;
    pid_t process_ = -1;
};

}  // namespace tautline::test
