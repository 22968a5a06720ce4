// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <asio/io_context.hpp>
#include <tests/support/run_until.hpp>
#include <tests/support/stream_recorder.hpp>

#include <tautline/transport/certificate_maker.hpp>
#include <tautline/transport/memory_stream.hpp>
#include <tautline/transport/tls_context.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::test {

/// A text that has no two equal stretches of some length.
inline std::string bulk(std::size_t size) {
    std::string text;
    for (int i = 0; text.size() < size; ++i) text += std::to_string(i) + ",";
    text.resize(size);
    return text;
}

/// The certificate authority that the tests trust, made at run time.
inline const transport::Identity& test_authority() {
    static const transport::Identity authority =
        *transport::make_identity({.common_name = "Test Authority", .authority = true});
    return authority;
}

/// Options of a server that shows `identity`.
inline TlsServerOptions server_options(const transport::Identity& identity) {
    TlsServerOptions options;
    options.certificate_pem = identity.certificate_pem();
    options.key_pem = identity.key_pem();
    return options;
}

/// Options of a server whose certificate of the test authority is for `names`.
inline TlsServerOptions server_options_for(std::vector<std::string> names) {
    return server_options(*transport::make_identity(
        {.common_name = "Test Server", .names = std::move(names)}, &test_authority()));
}

/// Options of a client that trusts the test authority.
inline TlsClientOptions client_options() {
    TlsClientOptions options;
    options.ca_pem = test_authority().certificate_pem();
    return options;
}

/// A TLS client and a TLS server, connected in memory.
struct TlsPair {
    using Result = std::optional<std::expected<void, Error>>;

    TlsPair() : TlsPair(client_options(), server_options_for({"localhost"})) {}
    TlsPair(const TlsClientOptions& client_setup, const TlsServerOptions& server_setup)
        : client_context(*transport::TlsClientContext::make(client_setup)),
          server_context(*transport::TlsServerContext::make(server_setup)) {}

    /// Connects the two and begins the handshake.
    void connect(const std::string& host = "localhost") {
        auto [left, right] = transport::make_memory_pair(loop);
        client_lower = left.get();
        server_lower = right.get();
        client = transport::TlsStream::client(
            loop, std::move(left), client_context, host,
            [this](std::expected<void, Error> result) { client_result = std::move(result); });
        server = transport::TlsStream::server(
            loop, std::move(right), server_context,
            [this](std::expected<void, Error> result) { server_result = std::move(result); });
        client->set_handler(&at_client);
        server->set_handler(&at_server);
    }

    /// Connects, finishes the handshake and lets both read.
    [[nodiscard]] bool open(const std::string& host = "localhost") {
        connect(host);
        run();
        if (!client_result || !*client_result || !server_result || !*server_result) return false;
        client->set_reading(true);
        server->set_reading(true);
        run();
        return true;
    }

    /// Why the handshake failed for the client.
    [[nodiscard]] Error client_error(const std::string& host = "localhost") {
        connect(host);
        run();
        if (!client_result || *client_result) return {};
        return client_result->error();
    }

    void run() { run_ready(context); }

    asio::io_context context;
    io::Loop& loop = io::Loop::of(context);
    std::shared_ptr<const transport::TlsClientContext> client_context;
    std::shared_ptr<const transport::TlsServerContext> server_context;
    StreamRecorder at_client;
    StreamRecorder at_server;
    Result client_result;
    Result server_result;
    transport::MemoryStream* client_lower = nullptr;
    transport::MemoryStream* server_lower = nullptr;
    std::unique_ptr<transport::TlsStream> client;
    std::unique_ptr<transport::TlsStream> server;
};

}  // namespace tautline::test
