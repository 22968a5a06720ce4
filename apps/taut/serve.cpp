// SPDX-License-Identifier: MIT
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include <tautline/io/system_random.hpp>
#include <tautline/observe/metrics.hpp>
#include <tautline/server/server.hpp>
#include <tautline/transport/self_signed.hpp>

#include "access.hpp"
#include "access_log.hpp"
#include "chat.hpp"
#include "explain.hpp"
#include "fingerprint.hpp"
#include "line_log.hpp"
#include "output.hpp"
#include "page.hpp"
#include "serve.hpp"
#include "service_signals.hpp"

namespace tautline::taut {

namespace {

// How long whoever reads our first line or the log can hold us up.
constexpr auto kPatience = std::chrono::seconds(1);

// What the handlers of all threads share. But for the counters it never changes once the server
// runs.
struct Shared {
    AccessRules rules;
    LineLog* access_log = nullptr;  // null: nobody wants it
    std::shared_ptr<observe::Metrics> metrics = std::make_shared<observe::Metrics>();

    void log(std::string_view peer, const http::RequestHead& request, int status) const;
};

Time now() { return std::chrono::system_clock::now(); }

void Shared::log(std::string_view peer, const http::RequestHead& request, int status) const {
    if (access_log) access_log->write(line_of_request(now(), peer, request, status));
}

// Counts everything, and logs those who never get to a handler.
class ServeObserver final : public observe::Observer {
public:
    ServeObserver(std::shared_ptr<observe::Metrics> metrics, LineLog* access_log)
        : metrics_(std::move(metrics)), access_log_(access_log) {}

    void observe(const observe::Event& event, observe::Stamp stamp) override {
        metrics_->observe(event, stamp);
        if (!access_log_) return;
        const auto line = line_of_failure(now(), event);
        if (!line.empty()) access_log_->write(line);
    }

private:
    std::shared_ptr<observe::Metrics> metrics_;
    LineLog* access_log_;  // null: nobody wants it
};

Handlers echo_handlers() {
    return {.on_message =
                [](Peer& peer, MessageView message) {
                    // A peer that does not read its echoes is not read either.
                    if (peer.send(message) == Sent::queued) peer.set_reading(false);
                },
            .on_drain = [](Peer& peer) { peer.set_reading(true); }};
}

Handlers chat_handlers() {
    auto room = std::make_shared<ChatRoom>();
    return {.on_open = [room](Peer& peer) { room->enter(peer.sender()); },
            .on_message = [room](Peer& peer,
                                 MessageView message) { room->say(peer.sender(), message); },
            .on_closed = [room](Peer& peer, const Closed&) { room->leave(peer.sender()); }};
}

RouteOptions route_options(const ServeArguments& arguments,
                           const std::shared_ptr<const Shared>& shared) {
    RouteOptions options{.subprotocols = arguments.subprotocols,
                         .allowed_origins = arguments.allowed_origins,
                         .allow_any_origin = arguments.any_origin,
                         .on_upgrade = {},
                         .connection = connection_options(arguments.common),
                         .engine = &engine_for(arguments.common)};
    options.connection.overflow =
        arguments.service == Service::chat ? arguments.slow_peers : OverflowPolicy::close;
    options.on_upgrade = [shared](UpgradeRequest request) {
        auto denial = check_access(shared->rules, request.request());
        if (!denial) return request.accept();
        shared->log(request.peer_address(), request.request(), denial->status);
        request.reject(denial->status, std::move(denial->headers), std::move(denial->body));
    };
    return options;
}

Server::HttpHandler guarded(std::shared_ptr<const Shared> shared,
                            std::function<Response()> answer) {
    return [shared = std::move(shared), answer = std::move(answer)](const Request& request) {
        auto denial = check_access(shared->rules, request.head);
        Response response =
            denial ? Response::text(std::move(denial->body), denial->status) : answer();
        if (denial) {
            for (const auto& [name, value] : denial->headers) response.headers.add(name, value);
        }
        shared->log(request.stream.peer_address, request.head, response.status);
        return response;
    };
}

// Only a log needs the address: a server keeps it packed until somebody asks.
Handlers logged(Handlers handlers, const std::shared_ptr<const Shared>& shared) {
    handlers.on_open = [enter = std::move(handlers.on_open), shared](Peer& peer) {
        const OpenInfo& info = peer.info();
        // RFC 8441 section 5: what is 101 over HTTP/1.1 is 200 to a CONNECT over HTTP/2.
        const int status = info.request.method == "CONNECT" ? 200 : 101;
        shared->log(info.stream.peer_address, info.request, status);
        if (enter) enter(peer);
    };
    handlers.on_closed = [leave = std::move(handlers.on_closed), log = shared->access_log](
                             Peer& peer, const Closed& closed) {
        if (leave) leave(peer, closed);
        log->write(line_of_end(now(), peer.info().stream.peer_address, closed));
    };
    return handlers;
}

void add_routes(Server& server, const ServeArguments& arguments,
                const std::shared_ptr<const Shared>& shared) {
    auto handlers = arguments.service == Service::chat ? chat_handlers() : echo_handlers();
    if (arguments.access_log) handlers = logged(std::move(handlers), shared);
    const auto options = route_options(arguments, shared);
    server.websocket("/", handlers, options);
    server.websocket("/{rest...}", handlers, options);
    server.get("/", guarded(shared, [] {
                   thread_local io::SystemRandom random;
                   return page_response(random);
               }));
    server.get("/health", guarded(shared, [] { return Response::text("ok\n"); }));
    server.get("/metrics", guarded(shared, [metrics = shared->metrics] {
                   Response response{.headers = {}, .body = to_prometheus(metrics->counters())};
                   response.headers.add("Content-Type",
                                        std::string(observe::kPrometheusContentType));
                   return response;
               }));
}

std::expected<void, Error> add_self_signed(ListenOptions& listen, LineLog& person) {
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    if (!is_loopback(listen.host) && listen.host != "0.0.0.0" && listen.host != "::") {
        names.push_back(listen.host);
    }
    auto made = transport::make_self_signed(names);
    if (!made) return std::unexpected(std::move(made.error()));
    person.write("certificate SHA-256 " + certificate_fingerprint(made->certificate_pem));
    listen.tls->certificate_pem = std::move(made->certificate_pem);
    listen.tls->key_pem = std::move(made->key_pem);
    return {};
}

std::expected<Server::Endpoint, Error> listen(Server& server, ServeArguments& arguments,
                                              LineLog& person) {
    if (arguments.tls_self_signed) {
        auto added = add_self_signed(arguments.listen, person);
        if (!added) return std::unexpected(std::move(added.error()));
    }
    return server.listen(arguments.listen);
}

// Nobody vouches for our certificate, but whoever has its key from this line is as safe. It can be
// typed as it stands: a shell would take brackets for a pattern.
void tell_how_to_trust(LineLog& person, const std::string& pem, Server::Endpoint endpoint) {
    if (endpoint.host == "0.0.0.0" || endpoint.host == "::") endpoint.host = "localhost";
    const std::string_view quote = endpoint.host.contains(':') ? "'" : "";
    person.write(fmt::format("taut connect {}{}{} -k --pin {}", quote, endpoint.url(), quote,
                             pin_of_certificate(pem)));
}

// A self-signed certificate was made at the start: there is no file to read again.
bool has_files(const ServeArguments& arguments) {
    const auto& tls = arguments.listen.tls;
    return tls && (!tls->certificate_file.empty() || !tls->client_ca_file.empty());
}

void reload(Server& server, const ServeArguments& arguments, LineLog& person) {
    if (!has_files(arguments)) {
        return person.write("taut: there is nothing to read again: no certificate is from a file");
    }
    const auto reloaded = server.reload_certificates();
    person.write(reloaded ? std::string("taut: the certificates were read again")
                          : "taut: the old certificates stay in use: " + explain(reloaded.error()));
}

// Whoever started us waits for this line. When its pipe is full, serve all the same.
ExitCode tell_where(OutputQueue& output, LineLog& person, const Server::Endpoint& endpoint) {
    output.write(fmt::format("listening on {}\n", endpoint.url()));
    if (output.finish(kPatience) || output.error() == std::errc::timed_out) return ExitCode::ok;
    return tell_unwritten(person, output.error());
}

}  // namespace

ExitCode run_serve(ServeArguments arguments, LineLog& person) {
    const auto shared = std::make_shared<const Shared>(Shared{
        .rules = {.loopback_only =
                      arguments.listen.unix_path.empty() && is_loopback(arguments.listen.host),
                  .allowed_hosts = arguments.allowed_hosts,
                  .credentials = arguments.credentials},
        .access_log = arguments.access_log ? &person : nullptr});
    // Before any thread of the server is started: they inherit which signals are blocked.
    ServiceSignals signals;
    arguments.server.observer =
        std::make_shared<ServeObserver>(shared->metrics, shared->access_log);
    Server server(arguments.server);
    add_routes(server, arguments, shared);
    const auto endpoint = listen(server, arguments, person);
    if (!endpoint) {
        person.write("taut: " + explain_listen(endpoint.error(), arguments.listen));
        return exit_code_for(endpoint.error());
    }
    OutputQueue output(STDOUT_FILENO, [](OutputQueue::Change) {});
    const auto told = tell_where(output, person, *endpoint);
    if (told != ExitCode::ok) return told;
    if (arguments.tls_self_signed && endpoint->unix_path.empty()) {
        tell_how_to_trust(person, arguments.listen.tls->certificate_pem, *endpoint);
    }
    signals.start(
        {.stop = [&server] { server.stop(); },
         .stop_now = [&server] { server.stop(Duration::zero()); },
         .reload = [&server, &arguments, &person] { reload(server, arguments, person); }});
    server.run();
    const auto stopped_now = signals.finish();
    person.finish(kPatience);
    if (!stopped_now) return ExitCode::ok;
    return *stopped_now == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
}

}  // namespace tautline::taut
