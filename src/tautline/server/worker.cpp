// SPDX-License-Identifier: MIT
#include <tautline/server/worker.hpp>

#include <utility>

#include <sys/socket.h>

#include <tautline/base/contained.hpp>
#include <tautline/base/time_limit.hpp>
#include <tautline/server/http_date.hpp>
#include <tautline/session/registry_service.hpp>
#include <tautline/transport/tcp_stream.hpp>

namespace tautline::server {

namespace {

// None, once the peer has reset the connection.
transport::SocketAddress peer_of(int socket) {
    transport::SocketAddress peer;
    (void)::getpeername(socket, peer.data(), &peer.bytes);
    return peer;
}

}  // namespace

/// Accepts the connections of one endpoint.
class Worker::Door final : public ListenerHandler {
public:
    Door(Worker& worker, Descriptor socket, std::shared_ptr<const TlsSetting> tls)
        : worker_(worker),
          tls_(std::move(tls)),
          listener_(worker.loop_, std::move(socket), *this) {}

    bool take_slot() override { return worker_.take_slot(); }
    void give_slot_back() override { worker_.release_slot(); }
    void on_connection(Descriptor connection, const transport::SocketAddress& peer) override {
        worker_.serve(std::move(connection), peer, *tls_);
    }
    void on_refused(const transport::SocketAddress& peer) override {
        worker_.tell_refused(peer.to_string(), RefusalReason::out_of_descriptors);
    }
    void resume() { listener_.resume(); }

private:
    Worker& worker_;
    std::shared_ptr<const TlsSetting> tls_;
    Listener listener_;
};

Worker::Worker(const Routes& routes, const ServerOptions& options, ConnectionLimit& limit,
               AddressLimit& address_limit)
    : options_(options),
      limit_(limit),
      addresses_(address_limit, *this),
      work_(context_.get_executor()),
      loop_(io::Loop::of(context_)),
      site_{.loop = loop_,
            .registry = registry_,
            .routes = routes,
            .options = options,
            .clock = http_date_now} {}

// Open connections give their slots back while the loop is destroyed: they must not end it again.
Worker::~Worker() { ending_ = false; }

void Worker::listen(Descriptor socket, std::shared_ptr<const TlsSetting> tls) {
    doors_.emplace_back(*this, std::move(socket), std::move(tls));
}

void Worker::adopt(Adopted adopted) {
    const std::lock_guard lock(mutex_);
    if (over_) return;
    adopted_.push_back(std::move(adopted));
    loop_.post([this] { serve_adopted(); });
}

void Worker::run() noexcept {  // NOLINT(bugprone-exception-escape): ends the program
    context_.run();
    end();
}

// Whoever comes too late is not kept until the server is destroyed.
void Worker::end() noexcept {
    const std::lock_guard lock(mutex_);
    over_ = true;
    adopted_.clear();
}

void Worker::stop(Duration deadline) {
    loop_.post([this, deadline] { begin_stop(deadline); });
}

void Worker::resume_accepting() {
    loop_.post([this] {
        for (Door& door : doors_) door.resume();
    });
}

bool Worker::take_slot() {
    if (!limit_.take()) return false;
    ++open_;
    return true;
}

void Worker::release_slot() {
    --open_;
    limit_.give_back();
    if (ending_) end_when_empty();
}

// An `admit` that throws refuses the connection.
bool Worker::admits(const transport::SocketAddress& peer) {
    if (!options_.admit) return true;
    const std::string address = peer.to_string();
    bool admitted = false;
    std::exception_ptr thrown;
    (void)contained([&] { admitted = options_.admit(address); },
                    [&](const auto& what) { thrown = what; });
    if (!admitted) tell_refused(address, RefusalReason::not_admitted, thrown);
    return admitted;
}

void Worker::tell_refused(const std::string& peer_address, RefusalReason reason,
                          const std::exception_ptr& thrown) {
    const auto id = site_.new_call_id();
    if (thrown) site_.observe(id, observe::HandlerThrew{thrown});
    site_.observe(id, observe::ConnectionRefused{peer_address, reason});
}

void Worker::serve(Descriptor connection, const transport::SocketAddress& peer,
                   const TlsSetting& tls) {
    auto slot = addresses_.take(peer);
    if (!slot) return tell_refused(peer.to_string(), RefusalReason::address_limit);
    if (!admits(peer)) return;
    auto stream = transport::TcpStream::adopt(loop_, connection.release());
    Exchange::start(site_, *std::move(slot), std::move(stream), tls.get());
}

void Worker::serve_adopted() {
    std::unique_lock lock(mutex_);
    auto all = std::exchange(adopted_, {});
    lock.unlock();
    for (Adopted& adopted : all) serve(std::move(adopted));
}

void Worker::serve(Adopted adopted) {
    if (site_.going_away) return;
    auto stream = transport::TcpStream::adopt(loop_, adopted.connection.release());
    if (!take_slot()) {
        return tell_refused(stream->info().peer_address, RefusalReason::connection_limit);
    }
    const auto peer = peer_of(stream->descriptor());
    auto slot = addresses_.take(peer);
    if (!slot) return tell_refused(peer.to_string(), RefusalReason::address_limit);
    Exchange::resume(site_, *std::move(slot), std::move(stream), std::move(adopted.request),
                     std::as_const(adopted.rest).readable());
}

// ── the end ──

void Worker::begin_stop(Duration deadline) {
    const Instant due = due_after(loop_.now(), deadline);
    if (!scheduled() || due < this->due()) loop_.timers().schedule(*this, due);
    if (std::exchange(site_.going_away, true)) return;
    ending_ = true;
    doors_.clear();
    registry_.go_away();
    go_away_clients();
    end_when_empty();
}

// Those that coroutines of routes have opened, and would open from now on.
void Worker::go_away_clients() {
    session::client_registry(loop_).set_on_empty([this] {
        if (ending_) loop_.post([this] { end_when_empty(); });
    });
    session::end_clients(loop_);
}

void Worker::on_timer(Instant) {
    registry_.drop();
    session::client_registry(loop_).drop();
    end_when_empty();
}

// In a later turn: coroutines that the end of their connections has woken run first.
void Worker::end_when_empty() {
    if (open_ > 0 || (scheduled() && session::client_registry(loop_).size() > 0)) return;
    loop_.post([this] { context_.stop(); });
}

}  // namespace tautline::server
