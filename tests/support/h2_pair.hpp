// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/h2_connection.hpp>
#include <tautline/transport/memory_stream.hpp>

namespace tautline::test {

/// The request that opens a WebSocket at `path`.
inline h2::Request websocket_request(std::string path = "/chat") {
    return {.head = {.method = "CONNECT",
                     .target = std::move(path),
                     .version_minor = 1,
                     .fields = {{"sec-websocket-version", "13"}}},
            .protocol = "websocket",
            .scheme = "https",
            .authority = "example.org"};
}

/// An ordinary GET.
inline h2::Request get_request(std::string path = "/") {
    return {.head = {.method = "GET",
                     .target = std::move(path),
                     .version_minor = 1,
                     .fields = {{"accept", "*/*"}}},
            .protocol = {},
            .scheme = "https",
            .authority = "example.org"};
}

/// What came of a request: nothing yet, its response, or why there is none.
using H2Answer = std::optional<std::expected<transport::H2Response, std::error_code>>;

/// For `open`: puts what comes of the request into `answer`.
inline transport::H2ResponseDone keep(H2Answer& answer) {
    return [&answer](auto result) { answer = std::move(result); };
}

/// Writes down what a connection tells, and runs what a test wants to happen inside of each call.
struct H2Recorder final : transport::H2Handler {
    void on_settings(bool extended_connect) override { settings = extended_connect; }
    void on_request(h2::StreamId id, h2::Request request, bool) override {
        ids.push_back(id);
        requests.push_back(std::move(request));
        if (at_request) at_request(id);
    }
    void on_request_cancelled(h2::StreamId) override { ++cancelled; }
    void on_go_away() override { ++go_aways; }
    void on_end(std::error_code error) override {
        ++ends;
        end = error;
        if (at_end) at_end();
    }
    void on_closed() override { ++closes; }

    std::optional<bool> settings;
    std::vector<h2::StreamId> ids;
    std::vector<h2::Request> requests;
    int cancelled = 0;
    int go_aways = 0;
    int ends = 0;
    int closes = 0;
    std::error_code end;
    std::function<void(h2::StreamId)> at_request;
    std::function<void()> at_end;
};

/// A stream and what it tells.
struct H2Session {
    explicit H2Session(std::unique_ptr<transport::ByteStream> from) : stream(std::move(from)) {
        stream->set_handler(&told);
        stream->set_reading(true);
    }
    StreamRecorder told;
    std::unique_ptr<transport::ByteStream> stream;
};

/// Two HTTP/2 connections over a memory stream. The server accepts every request of a WebSocket.
struct H2Pair {
    explicit H2Pair(const transport::H2ConnectionOptions& server_options = {},
                    const transport::H2ConnectionOptions& client_options = {}) {
        auto [left, right] = transport::make_memory_pair(loop);
        client_lower = left.get();
        server_lower = right.get();
        client = std::make_unique<transport::H2Connection>(loop, std::move(left), h2::Role::client,
                                                           at_client, client_options);
        server = std::make_unique<transport::H2Connection>(loop, std::move(right), h2::Role::server,
                                                           at_server, server_options);
        at_server.at_request = [this](h2::StreamId id) { accept(id); };
        run();
    }

    void accept(h2::StreamId id) {
        accepted.push_back(std::make_unique<H2Session>(*server->accept(id, {})));
    }

    /// Opens a WebSocket and returns the client's side; the server's is the last of `accepted`.
    [[nodiscard]] std::unique_ptr<H2Session> open(std::string path = "/chat") {
        std::unique_ptr<H2Session> session;
        auto opened = client->open(websocket_request(std::move(path)), [&](auto response) {
            if (response) session = std::make_unique<H2Session>(std::move(response->stream));
        });
        if (opened) run();
        return session;
    }

    void run() { run_ready(context); }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    H2Recorder at_client;
    H2Recorder at_server;
    transport::MemoryStream* client_lower = nullptr;
    transport::MemoryStream* server_lower = nullptr;
    std::unique_ptr<transport::H2Connection> client;
    std::unique_ptr<transport::H2Connection> server;
    std::vector<std::unique_ptr<H2Session>> accepted;
};

}  // namespace tautline::test
