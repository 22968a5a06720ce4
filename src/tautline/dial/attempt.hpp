// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include <tautline/base/ip_address.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/proxy_tunnel.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/observe/observed_call.hpp>
#include <tautline/transport/tls_context.hpp>

namespace tautline::dial {

struct UnixPath {
    std::string path;
};

/// Opens a connection to the proxy of an attempt; tells how it comes on.
using ReachProxyOf = std::function<std::unique_ptr<TransportOperation>(
    eyeballs::AttemptId attempt, OnProgress on_progress, OnStream done)>;

/// The proxy that an attempt goes through.
struct ProxyRoute {
    proxy::ProxyUrl proxy;
    ProxyOptions options;
    ReachProxyOf reach;
};

/// What a transport is opened to, and how. A name needs a proxy that resolves it.
struct AttemptSetup {
    std::variant<IpEndpoint, eyeballs::NamedEndpoint, UnixPath> target;
    std::shared_ptr<const ProxyRoute> via = nullptr;         ///< Null: straight.
    std::shared_ptr<const transport::TlsClientContext> tls;  ///< Null: no TLS.
    std::string server_name;                                 ///< Verified, and sent as SNI.
    observe::ObservedCall observed;                          ///< Perhaps by nobody.
    eyeballs::AttemptId id = {};                             ///< For the observer.
};

/// One way to a transport: a socket, a tunnel through a proxy where there is one, and TLS on it. No
/// deadline in here.
///
/// Calls back in a turn of its own: the stream may be destroyed in there. `on_progress` is called
/// when TLS begins, and before that at each step to a proxy and answer of it; it must not destroy
/// the attempt.
class Attempt final : public Operation, private io::TurnNode {
public:
    Attempt(io::Loop& loop, AttemptSetup setup, OnStream done, OnProgress on_progress = {});
    ~Attempt() override;

    /// What it waits for: `connect`, `proxy` or `tls`.
    [[nodiscard]] Phase phase() const { return phase_; }
    /// Where it goes to: "[2001:db8::1]:443", "example.org:443", "unix:/path".
    [[nodiscard]] const std::string& name() const { return name_; }
    /// What there is to say when it is given up now.
    [[nodiscard]] Error no_answer() const;

private:
    void on_turn() override;
    void connect();
    void tunnel();
    void tunnelled(std::expected<Stream, Error> stream);
    void connected(std::expected<Stream, Error> stream);
    void speak_tls(Stream lower);
    void shaken(std::expected<void, Error> result);
    void progress();
    void finish(std::expected<Stream, Error> result);
    void observe(const observe::Event& event);

    io::Loop& loop_;
    AttemptSetup setup_;
    std::string name_;
    OnStream done_;
    OnProgress on_progress_;
    Phase phase_;
    std::unique_ptr<Operation> connecting_;
    std::unique_ptr<ProxyTunnel> tunnel_;  // or this
    Stream tls_;
    std::optional<std::expected<Stream, Error>> result_;
};

}  // namespace tautline::dial
