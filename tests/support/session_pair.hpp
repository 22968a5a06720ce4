// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/start_session.hpp>

#include <tautline/io/loop.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline::test {

/// What a connection told its application, in order.
struct Log {
    std::vector<std::string> messages;
    std::vector<Closed> closed;
    int opened = 0;
    int drained = 0;
    Peer* peer = nullptr;  // null before the opening and after the end

    /// Handlers that write into this log; it must outlive them.
    [[nodiscard]] Handlers handlers() {
        Handlers handlers;
        handlers.on_open = [this](Peer& connection) { ++opened, peer = &connection; };
        handlers.on_message = [this](Peer&, MessageView message) {
            messages.emplace_back(message.text());
        };
        handlers.on_drain = [this](Peer&) { ++drained; };
        handlers.on_closed = [this](Peer&, const Closed& how) {
            closed.push_back(how);
            peer = nullptr;
        };
        return handlers;
    }
};

/// Two sessions over a connection in memory, on one loop.
struct SessionPair {
    explicit SessionPair(Handlers client, Handlers server, ConnectionOptions options = {},
                         std::size_t capacity = 1 << 20,
                         std::shared_ptr<observe::Observer> client_observer = nullptr)
        : streams(transport::make_memory_pair(loop, capacity)) {
        client_stream = streams.first.get();
        server_stream = streams.second.get();
        start(std::move(streams.second), Role::server, std::move(server), options, nullptr);
        start(std::move(streams.first), Role::client, std::move(client), options,
              std::move(client_observer));
    }

    void start(std::unique_ptr<transport::MemoryStream> stream, Role role, Handlers handlers,
               const ConnectionOptions& options, std::shared_ptr<observe::Observer> observer) {
        (void)start_session(loop, registry, std::move(stream),
                            {.role = role,
                             .handlers = std::move(handlers),
                             .options = options,
                             .observer = std::move(observer)});
    }

    template <typename Fact>
    [[nodiscard]] bool run_until(Fact fact) {
        return test::run_until(context, fact);
    }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    session::Registry registry;
    std::pair<std::unique_ptr<transport::MemoryStream>, std::unique_ptr<transport::MemoryStream>>
        streams;
    transport::MemoryStream* client_stream = nullptr;  // while its session lives
    transport::MemoryStream* server_stream = nullptr;
};

}  // namespace tautline::test
