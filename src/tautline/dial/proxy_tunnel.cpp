// SPDX-License-Identifier: MIT
#include <tautline/dial/proxy_tunnel.hpp>

#include <array>
#include <type_traits>
#include <utility>

#include <tautline/base/contained.hpp>
#include <tautline/dial/body_reader.hpp>
#include <tautline/transport/prefixed_stream.hpp>
#include <tautline/transport/tls_failure.hpp>

namespace tautline::dial {

namespace {

using proxy::ConnectTunnel;
using proxy::Socks5;

std::variant<ConnectTunnel, Socks5> machine_for(const proxy::ProxyUrl& proxy,
                                                const proxy::Target& target,
                                                const ProxyOptions& options) {
    using enum proxy::Scheme;
    if (proxy.scheme == socks5 || proxy.scheme == socks5h) {
        return Socks5(target, proxy.credentials);
    }
    return ConnectTunnel(target, proxy.credentials, options.user_agent);
}

// TLS speaks of a server and its certificate, and means the proxy here.
std::string words_of_tls(const Error& error, const TlsClientOptions& tls) {
    if (error.code == TransportError::certificate_rejected) {
        return "the certificate of the proxy is refused: " + error.message;
    }
    if (error.code != TransportError::client_certificate_required) {
        return "TLS to the proxy: " + error.message;
    }
    const bool shown = !tls.certificate_file.empty();
    return shown ? "the proxy did not accept our certificate (ProxyOptions::tls). It must be of an "
                   "authority that the proxy trusts, and not expired."
                 : "the proxy wants a client certificate that it trusts (ProxyOptions::tls).";
}

}  // namespace

ProxyTunnel::ProxyTunnel(io::Loop& loop, proxy::ProxyUrl proxy, const proxy::Target& target,
                         ProxyOptions options, ReachProxy reach)
    : loop_(loop),
      proxy_(std::move(proxy)),
      options_(std::move(options)),
      reach_(std::move(reach)),
      machine_(machine_for(proxy_, target, options_)) {}

ProxyTunnel::~ProxyTunnel() { drop_stream(); }

void ProxyTunnel::start(OnStream done, OnProgress on_progress, OnThrown on_thrown) {
    done_ = std::move(done);
    on_progress_ = std::move(on_progress);
    on_thrown_ = std::move(on_thrown);
    reach();
}

void ProxyTunnel::reach() {
    reaching_ = reach_([this](auto stream) { reached(std::move(stream)); });
}

void ProxyTunnel::reached(std::expected<Stream, Error> stream) {
    reaching_.reset();
    if (!stream) return fail(std::move(stream.error()));
    progress();
    stream_ = std::move(*stream);
    stream_->set_handler(this);
    stream_->set_reading(true);
    loop_.call_soon(*this);
}

// The stream must not be destroyed in its own callback, which may be where we are.
void ProxyTunnel::drop_stream() {
    if (!stream_) return;
    stream_->close();
    loop_.retire(std::move(stream_));
}

void ProxyTunnel::on_bytes(MutableBytes bytes) {
    progress();
    const bool open = std::visit(
        [bytes](auto& machine) {
            machine.receive(bytes);
            return machine.state() == std::decay_t<decltype(machine)>::State::open;
        },
        machine_);
    // What follows, the end too, is for whoever gets the stream.
    if (open) stream_->set_reading(false);
    loop_.call_soon(*this);
}

void ProxyTunnel::on_end(std::error_code error) {
    broken_by_ = error;
    std::visit([](auto& machine) { machine.end_stream(); }, machine_);
    loop_.call_soon(*this);
}

// In a turn of its own: whoever is called may destroy this and its stream.
void ProxyTunnel::on_turn() {
    std::visit([this](auto& machine) { go_on(machine); }, machine_);
}

void ProxyTunnel::write() {
    if (!stream_) return;
    output_.append(as_bytes(std::visit([](auto& m) { return m.take_request(); }, machine_)));
    if (output_.empty()) return;
    const std::array<Bytes, 1> pieces{std::as_const(output_).readable()};
    output_.consume(stream_->write(pieces));
}

// A proxy that keeps the connection open may never send the rest of what it announced.
void ProxyTunnel::watch(const ConnectTunnel& machine) {
    if (!machine.reading_refusal()) return loop_.timers().cancel(*this);
    if (!scheduled()) loop_.timers().schedule(*this, loop_.now() + kRefusalBodyTime);
}

void ProxyTunnel::go_on(ConnectTunnel& machine) {
    using enum ConnectTunnel::State;
    watch(machine);
    if (machine.state() == asking && !authenticate(machine)) {
        return fail(
            usage_error(UsageError::handler_threw,
                        "the application's `authenticate` for proxies threw; catch inside it"));
    }
    switch (machine.state()) {
        case reading: return write();
        case asking: return;
        case reconnecting:
            drop_stream();
            machine.reconnected();
            return reach();
        case open: return this->open(std::move(machine.rest()));
        case failed: return fail(machine.error());
    }
}

void ProxyTunnel::go_on(Socks5& machine) {
    switch (machine.state()) {
        case Socks5::State::reading: return write();
        case Socks5::State::open: return open(std::move(machine.rest()));
        case Socks5::State::failed: return fail(machine.error());
    }
}

// Returns whether the application did not throw.
bool ProxyTunnel::authenticate(ConnectTunnel& machine) {
    std::optional<proxy::Credentials> credentials;
    const auto ask = [&] {
        if (options_.authenticate) {
            credentials = options_.authenticate(proxy_, machine.challenges());
        }
    };
    const bool told = contained(ask, [this](const auto& thrown) {
        if (on_thrown_) on_thrown_(thrown);
    });
    if (told) credentials ? machine.give_credentials(*credentials) : machine.give_up();
    return told;
}

void ProxyTunnel::open(Buffer rest) {
    stream_->set_handler(nullptr);
    if (!rest.empty()) {
        stream_ =
            std::make_unique<transport::PrefixedStream>(loop_, std::move(stream_), std::move(rest));
    }
    std::exchange(done_, nullptr)(std::move(stream_));
}

void ProxyTunnel::progress() {
    if (on_progress_) on_progress_();
}

// Where the proxy itself cannot be reached, that says which of its addresses are silent.
std::optional<Error> ProxyTunnel::no_answer() const {
    auto error = reaching_ ? reaching_->no_answer() : std::nullopt;
    if (error) error = placed(*std::move(error));
    return error;
}

void ProxyTunnel::fail(Error error) {
    drop_stream();
    if (const auto refusal = transport::late_refusal(broken_by_)) {
        error = *refusal;
    } else if (broken_by_ && error.code == ProxyError::closed_early) {
        error.code = broken_by_;
        error.message = "the connection to the proxy broke before the tunnel stood (" +
                        broken_by_.message() + ")";
    }
    std::exchange(done_, nullptr)(std::unexpected(placed(std::move(error))));
}

Error ProxyTunnel::placed(Error error) const {
    if (error.endpoint.empty()) error.endpoint = proxy_.to_string();
    if (error.phase == Phase::tls) error.message = words_of_tls(error, options_.tls);
    error.phase = Phase::proxy;
    return error;
}

}  // namespace tautline::dial
