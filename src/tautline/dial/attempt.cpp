// SPDX-License-Identifier: MIT
#include <tautline/dial/attempt.hpp>

#include <utility>

#include <tautline/dial/race_failure.hpp>
#include <tautline/dial/socket_connect.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/transport/tls_stream.hpp>

namespace tautline::dial {

namespace {

using Target = decltype(AttemptSetup::target);

std::string name_of(const Target& target) {
    if (const auto* ip = std::get_if<IpEndpoint>(&target)) return ip->to_string();
    if (const auto* name = std::get_if<eyeballs::NamedEndpoint>(&target)) return name->to_string();
    return "unix:" + std::get<UnixPath>(target).path;
}

proxy::Target proxy_target(const Target& target) {
    if (const auto* ip = std::get_if<IpEndpoint>(&target)) {
        return {ip->address.to_string(), ip->port};
    }
    const auto& name = std::get<eyeballs::NamedEndpoint>(target);
    return {name.host, name.port};
}

}  // namespace

Attempt::Attempt(io::Loop& loop, AttemptSetup setup, OnStream done, OnProgress on_progress)
    : loop_(loop),
      setup_(std::move(setup)),
      name_(name_of(setup_.target)),
      done_(std::move(done)),
      on_progress_(std::move(on_progress)),
      phase_(setup_.via ? Phase::proxy : Phase::connect) {
    setup_.via ? tunnel() : connect();
}

Error Attempt::no_answer() const {
    if (result_ && !*result_) return result_->error();
    if (phase_ != Phase::proxy) return timeout_error(phase_, name_);
    auto standing = tunnel_->no_answer();
    return standing ? *std::move(standing) : timeout_error(phase_, setup_.via->proxy.to_string());
}

void Attempt::connect() {
    observe(observe::ConnectStarted{name_, setup_.id});
    auto next = [this](std::expected<Stream, Error> stream) { connected(std::move(stream)); };
    if (const auto* ip = std::get_if<IpEndpoint>(&setup_.target)) {
        connecting_ = connect_tcp(loop_, *ip, std::move(next));
    } else {
        connecting_ = connect_unix(loop_, std::get<UnixPath>(setup_.target).path, std::move(next));
    }
}

void Attempt::tunnel() {
    const auto& via = *setup_.via;
    observe(observe::ProxyStarted{via.proxy.to_string(), name_, setup_.id});
    auto reach = [this](OnStream done) {
        return setup_.via->reach(setup_.id, [this] { progress(); }, std::move(done));
    };
    tunnel_ = std::make_unique<ProxyTunnel>(loop_, via.proxy, proxy_target(setup_.target),
                                            via.options, std::move(reach));
    tunnel_->start([this](auto stream) { tunnelled(std::move(stream)); }, [this] { progress(); },
                   [this](const auto& thrown) { observe(observe::HandlerThrew{thrown}); });
}

void Attempt::tunnelled(std::expected<Stream, Error> stream) {
    observe(observe::ProxyEnded{setup_.via->proxy.to_string(), stream ? nullptr : &stream.error(),
                                setup_.id});
    if (!stream || !setup_.tls) return finish(std::move(stream));
    speak_tls(std::move(*stream));
}

// A stream must not be destroyed in its own callback, which may be where we are.
Attempt::~Attempt() {
    if (!tls_) return;
    tls_->close();
    loop_.retire(std::move(tls_));
}

void Attempt::connected(std::expected<Stream, Error> stream) {
    observe(
        observe::ConnectEnded{name_, stream ? std::error_code() : stream.error().code, setup_.id});
    if (!stream || !setup_.tls) return finish(std::move(stream));
    speak_tls(std::move(*stream));
}

void Attempt::speak_tls(Stream lower) {
    phase_ = Phase::tls;
    progress();
    observe(observe::TlsStarted{setup_.server_name, setup_.id});
    tls_ = transport::TlsStream::client(
        loop_, std::move(lower), setup_.tls, setup_.server_name,
        [this](std::expected<void, Error> result) { shaken(std::move(result)); });
}

void Attempt::shaken(std::expected<void, Error> result) {
    if (result) {
        const auto info = tls_->info();
        observe(observe::TlsEnded{&info, nullptr, setup_.id});
        return finish(std::move(tls_));
    }
    result.error().endpoint = name_;
    observe(observe::TlsEnded{nullptr, &result.error(), setup_.id});
    finish(std::unexpected(std::move(result.error())));
}

void Attempt::progress() {
    if (on_progress_) on_progress_();
}

void Attempt::finish(std::expected<Stream, Error> result) {
    result_ = std::move(result);
    loop_.call_soon(*this);
}

void Attempt::on_turn() {
    auto done = std::exchange(done_, nullptr);
    done(std::move(*result_));
}

void Attempt::observe(const observe::Event& event) {
    observe::tell(setup_.observed, event, loop_.now());
}

}  // namespace tautline::dial
