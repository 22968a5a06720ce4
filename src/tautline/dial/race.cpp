// SPDX-License-Identifier: MIT
#include <tautline/dial/race.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>

#include <tautline/dial/attempt.hpp>

namespace tautline::dial {

namespace {

using asio::ip::tcp;

Error resolve_error(const std::string& host, const std::string& cause) {
    return {.code = TransportError::resolve_failed,
            .phase = Phase::resolve,
            .endpoint = host,
            .message = "cannot find an address for \"" + host + "\" (" + cause +
                       "). Check the name and the name server."};
}

IpEndpoint from_asio(const tcp::endpoint& endpoint) {
    const auto address = endpoint.address();
    return {address.is_v6() ? IpAddress(address.to_v6().to_bytes())
                            : IpAddress(address.to_v4().to_bytes()),
            endpoint.port()};
}

// Addresses one after the other.
class Race final : public Operation, private io::TurnNode {
public:
    Race(io::Loop& loop, RaceSetup setup, OnUpgraded done)
        : loop_(loop),
          setup_(std::move(setup)),
          done_(std::move(done)),
          alive_(std::make_shared<tcp::resolver>(loop.context())) {}

    void start() {
        if (setup_.uri.secure) {
            auto context = transport::TlsClientContext::make(setup_.tls);
            if (!context) return fail_soon(std::move(context.error()));
            tls_ = std::move(*context);
        }
        const auto& uri = setup_.uri;
        if (!uri.unix_path.empty()) return attempt(UnixPath{uri.unix_path});
        resolve();
    }

private:
    void resolve() {
        observe(observe::ResolveStarted{setup_.uri.host});
        alive_->async_resolve(
            setup_.uri.host, std::to_string(setup_.uri.port), tcp::resolver::numeric_service,
            [this, weak = std::weak_ptr<tcp::resolver>(alive_)](
                const asio::error_code& error, const tcp::resolver::results_type& results) {
                if (!weak.expired()) resolved(error, results);
            });
    }
    void resolved(const asio::error_code& error, const tcp::resolver::results_type& results) {
        for (const auto& result : results) endpoints_.push_back(from_asio(result.endpoint()));
        observe(observe::ResolveEnded{setup_.uri.host, endpoints_.size(), error});
        last_ = resolve_error(setup_.uri.host, error.message());
        try_next();
    }
    void try_next() {
        if (next_ < endpoints_.size()) return attempt(endpoints_[next_++]);
        finish(std::unexpected(std::move(*last_)));
    }
    void attempt(std::variant<IpEndpoint, UnixPath> target) {
        const auto& options = setup_.tls;
        AttemptSetup setup{
            .target = std::move(target),
            .tls = tls_,
            .server_name = options.server_name.empty() ? setup_.uri.host : options.server_name,
            .observer = setup_.observer};
        attempt_ = std::make_unique<Attempt>(loop_, std::move(setup),
                                             [this](auto stream) { connected(std::move(stream)); });
    }
    void connected(std::expected<Stream, Error> stream) {
        if (!stream) {
            const bool again = stream.error().phase == Phase::connect;
            last_ = std::move(stream.error());
            return again ? try_next() : finish(std::unexpected(std::move(*last_)));
        }
        upgrade_ = std::make_unique<Upgrade>(loop_, std::move(*stream), setup_.offer,
                                             setup_.head_limits, setup_.observer);
        upgrade_->start([this](auto result) { finish(std::move(result)); });
    }
    void finish(std::expected<Upgraded, Error> result) {
        auto done = std::exchange(done_, nullptr);
        done(std::move(result));
    }
    void fail_soon(Error error) {
        last_ = std::move(error);
        loop_.call_soon(*this);
    }
    void on_turn() override { finish(std::unexpected(std::move(*last_))); }
    void observe(const observe::Event& event) {
        if (setup_.observer) setup_.observer->observe(event, loop_.now());
    }

    io::Loop& loop_;
    RaceSetup setup_;
    OnUpgraded done_;
    std::shared_ptr<tcp::resolver> alive_;  // its handler asks whether this still is
    std::shared_ptr<const transport::TlsClientContext> tls_;
    std::vector<IpEndpoint> endpoints_;
    std::size_t next_ = 0;
    std::optional<Error> last_;
    std::unique_ptr<Attempt> attempt_;
    std::unique_ptr<Upgrade> upgrade_;
};

}  // namespace

std::unique_ptr<Operation> race(io::Loop& loop, RaceSetup setup, OnUpgraded done) {
    auto operation = std::make_unique<Race>(loop, std::move(setup), std::move(done));
    operation->start();
    return operation;
}

}  // namespace tautline::dial
