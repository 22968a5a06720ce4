// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>
#include <tests/support/listener.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/running_server.hpp>

#include <tautline/client/reconnecting_sender.hpp>
#include <tautline/client/reconnector.hpp>

namespace tautline::test {

using Texts = std::vector<std::string>;

inline std::string loopback_url(std::uint16_t port) {
    return "ws://127.0.0.1:" + std::to_string(port) + "/";
}

/// A URL of loopback where nobody listens.
inline std::string nowhere() { return loopback_url(refusing_endpoint().port); }

/// A connection that comes back, with short delays, on a loop of its own; and what it told.
struct ReconnectingLine {
    asio::io_context context;
    client::ReconnectSetup setup;
    ReconnectingSender sender;
    std::vector<Outage> outages;
    Texts lost;
    Texts kept;
    std::optional<Error> stopped;
    int opened = 0;
    int rooms = 0;
    std::vector<Closed> closed;

    explicit ReconnectingLine(std::string url) {
        setup.url = std::move(url);
        setup.options.first_delay = std::chrono::milliseconds(1);
        setup.options.max_delay = std::chrono::milliseconds(20);
        setup.client_options.connection.compression.reset();
        setup.handlers.on_open = [this](Peer&) { ++opened; };
        setup.handlers.on_closed = [this](Peer&, const Closed& how) { closed.push_back(how); };
        setup.reconnect_handlers = {
            .on_outage = [this](const Outage& outage) { outages.push_back(outage); },
            .on_lost = [this](std::vector<Message> gone) { append(lost, std::move(gone)); },
            .on_room = [this] { ++rooms; },
            .on_stopped =
                [this](const Error& error, std::vector<Message> unsent) {
                    EXPECT_FALSE(stopped) << "told twice";
                    stopped = error;
                    append(kept, std::move(unsent));
                }};
    }

    void start() {
        sender =
            ReconnectingSender(client::Reconnector::start(io::Loop::of(context), std::move(setup)));
    }

    static void append(Texts& to, std::vector<Message> messages) {
        for (auto& message : messages) to.push_back(message.take());
    }
};

inline void run_until_stopped(ReconnectingLine& line) {
    EXPECT_TRUE(run_until(line.context, [&] { return line.stopped.has_value(); }));
}

inline void run_until_arrived(ReconnectingLine& line) {
    EXPECT_TRUE(run_until(line.context, [&] { return line.sender.held_bytes() == 0; }));
}

/// A server that keeps what it receives, and may be ended and started again on the same port.
class RecordingServer {
public:
    ~RecordingServer() { stop(); }

    void start(RouteOptions route = {}) {
        running_ = std::make_unique<RunningServer>();
        running_->server.websocket("/",
                                   {.on_message =
                                        [this](Peer&, MessageView message) {
                                            const std::lock_guard lock(mutex_);
                                            received_.emplace_back(message.text());
                                        }},
                                   std::move(route));
        port = running_->start({.port = port});
        url = loopback_url(port);
    }
    /// Drops every connection at once.
    void stop() { running_.reset(); }

    [[nodiscard]] Texts received() const {
        const std::lock_guard lock(mutex_);
        return received_;
    }

    std::uint16_t port = 0;
    std::string url;

private:
    mutable std::mutex mutex_;
    Texts received_;
    std::unique_ptr<RunningServer> running_;
};

/// Opens a connection that has sent a part of a message, "a", and is asked to send "c" behind it.
inline Peer* open_inside_a_message(ReconnectingLine& line) {
    const auto opened = std::make_shared<Peer*>(nullptr);
    line.setup.handlers.on_open = [opened](Peer& peer) {
        *opened = &peer;
        (void)peer.send_part(MessageType::text, as_bytes("a"), false);
    };
    line.start();
    (void)line.sender.send("c");
    (void)run_until(line.context, [&] { return *opened != nullptr; });
    return *opened;
}

}  // namespace tautline::test
