// SPDX-License-Identifier: MIT
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <system_error>
#include <variant>

#include <tautline/base/buffer.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/proxy_options.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/proto/proxy/connect_tunnel.hpp>
#include <tautline/proto/proxy/proxy_url.hpp>
#include <tautline/proto/proxy/socks5.hpp>
#include <tautline/proto/proxy/target.hpp>

namespace tautline::dial {

/// Opens a connection to a proxy; called again when the proxy has closed the last one.
using ReachProxy = std::function<std::unique_ptr<TransportOperation>(OnStream)>;

/// Hears what `ProxyOptions::authenticate` threw.
using OnThrown = std::function<void(const std::exception_ptr&)>;

/// A stream to a target through a proxy: reaches the proxy and asks it for the tunnel.
///
/// Fails with a `ProxyError` in phase `proxy`, or as reaching the proxy does: in that phase too.
/// The rest of a refusal is waited for no longer than `kRefusalBodyTime`; there is no other
/// deadline in here.
class ProxyTunnel final : public TransportOperation,
                          private transport::ByteStreamHandler,
                          private io::TimerNode,
                          private io::TurnNode {
public:
    ProxyTunnel(io::Loop& loop, proxy::ProxyUrl proxy, const proxy::Target& target,
                ProxyOptions options, ReachProxy reach);
    ~ProxyTunnel() override;

    /// `on_progress` is called when the proxy is reached and when it says something. Neither it nor
    /// `on_thrown` may destroy the tunnel.
    void start(OnStream done, OnProgress on_progress = {}, OnThrown on_thrown = {});
    [[nodiscard]] std::optional<Error> no_answer() const override;

private:
    using Machine = std::variant<proxy::ConnectTunnel, proxy::Socks5>;

    void on_bytes(MutableBytes bytes) override;
    void on_writable() override { write(); }
    void on_end(std::error_code error) override;
    void on_timer(Instant) override { on_end({}); }
    void on_turn() override;

    void reach();
    void reached(std::expected<Stream, Error> stream);
    void write();
    void drop_stream();
    void watch(const proxy::ConnectTunnel& machine);
    void go_on(proxy::ConnectTunnel& machine);
    void go_on(proxy::Socks5& machine);
    [[nodiscard]] bool authenticate(proxy::ConnectTunnel& machine);
    void open(Buffer rest);
    void progress();
    void fail(Error error);
    [[nodiscard]] Error placed(Error error) const;

    io::Loop& loop_;
    proxy::ProxyUrl proxy_;
    ProxyOptions options_;
    ReachProxy reach_;
    Machine machine_;
    std::error_code broken_by_;  // What ended the stream of the proxy.
    std::unique_ptr<TransportOperation> reaching_;
    Stream stream_;
    Buffer output_;
    OnStream done_;
    OnProgress on_progress_;
    OnThrown on_thrown_;
};

}  // namespace tautline::dial
