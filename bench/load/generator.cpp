// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <string>
#include <utility>

#include <sys/epoll.h>

#include "bench/load/generator.hpp"
#include "bench/support/sockets.hpp"

namespace bench {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
// Messages under way on one connection when they are sent by the clock: more than that, and the
// server does not hold the rate.
constexpr unsigned kRateWindow = 1024;
// At most so many handshakes at once: no server's backlog overflows.
constexpr unsigned kOpenAtOnce = 256;
constexpr std::uint64_t kLongestWait = 100'000'000;  // ns

SSL_CTX* client_tls() {
    SSL_CTX* const tls = SSL_CTX_new(TLS_client_method());
    // All servers speak the same cipher.
    SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(tls, 1);
    return tls;
}

}  // namespace

Generator::Generator(const Settings& settings)
    : shared_{.settings = settings,
              .frames = Frames(settings),
              .tls = settings.tls ? client_tls() : nullptr,
              .epoll = ::epoll_create1(EPOLL_CLOEXEC),
              .buffer = std::vector<char>(kBufferBytes)} {}

void Generator::run() {
    const Settings& settings = shared_.settings;
    memory_before_ = memory_of(settings.server_pid);
    open_all();
    running_ = true;
    rate_begin_ = now();
    if (settings.rate == 0 && (settings.mode != Mode::idle || settings.touch)) {
        for (const auto& connection : connections_) {
            connection->send(settings.in_flight);
            connection->handle(EPOLLOUT);
        }
    }
    turn_for(settings.warm_up);
    begin_window();
    turn_for(settings.seconds);
    print();
}

void Generator::open_all() {
    const Settings& settings = shared_.settings;
    while (opened_ < settings.connections) {
        while (started_ < settings.connections && started_ - opened_ < kOpenAtOnce) open_one();
        turn(now() + kLongestWait);
    }
}

void Generator::open_one() {
    const Settings& settings = shared_.settings;
    const unsigned window = settings.rate > 0 ? kRateWindow : settings.in_flight;
    auto connection = std::make_unique<Connection>(shared_, shared_.frames, *this, window);
    if (started_ == 0 && settings.mode == Mode::echo && !settings.raw) connection->verify();
    connection->start(started_++);
    connections_.push_back(std::move(connection));
}

// Waits for events, and no longer than `until`.
void Generator::turn(std::uint64_t until) {
    const std::uint64_t time = now();
    const std::uint64_t wait = std::min(until > time ? until - time : 0, kLongestWait);
    const timespec timeout = {.tv_sec = 0, .tv_nsec = static_cast<long>(wait)};
    epoll_event events[512];
    const int count = ::epoll_pwait2(shared_.epoll, events, 512, &timeout, nullptr);
    for (int i = 0; i < count; ++i) {
        static_cast<Connection*>(events[i].data.ptr)->handle(events[i].events);
    }
    closed_.clear();
}

void Generator::turn_for(double seconds) {
    const std::uint64_t end = now() + static_cast<std::uint64_t>(seconds * 1e9);
    while (now() < end) turn(shared_.settings.rate > 0 ? std::min(end, send_due()) : end);
}

// Sends what has its time by now, on the connections in turns. Returns when the next is due.
std::uint64_t Generator::send_due() {
    const double gap = 1e9 / shared_.settings.rate;
    for (;;) {
        const std::uint64_t due =
            rate_begin_ + static_cast<std::uint64_t>(gap * static_cast<double>(rate_sent_));
        const std::uint64_t time = now();
        if (due > time) return due;
        delays_.add(time - due);
        Connection& connection = *connections_[rate_sent_++ % connections_.size()];
        if (connection.under_way() == kRateWindow) give_up("the server is slower than --rate");
        connection.send(1);
        connection.handle(EPOLLOUT);
    }
}

void Generator::on_open(Connection& connection) {
    ++opened_;
    if (!running_ || shared_.settings.mode != Mode::churn) return;
    connection.send(1);
    connection.handle(EPOLLOUT);
}

void Generator::on_reply(Connection& connection, std::uint64_t sent_at, std::uint64_t time) {
    ++replies_;
    latencies_.add(time - sent_at);
    if (shared_.settings.rate > 0) return;
    if (shared_.settings.mode == Mode::echo) return connection.send(1);
    if (shared_.settings.mode == Mode::churn) connection.close();
}

// Another one takes its place. It is destroyed when nothing of it is on the stack any more.
void Generator::on_closed(Connection& connection) {
    if (shared_.settings.mode != Mode::churn || !running_) return;
    const auto place =
        std::ranges::find(connections_, &connection, &std::unique_ptr<Connection>::get);
    if (place == connections_.end()) return;
    closed_.push_back(std::move(*place));
    *place = std::make_unique<Connection>(shared_, shared_.frames, *this, 1);
    (*place)->start(started_++);
}

void Generator::begin_window() {
    latencies_.reset();
    delays_.reset();
    replies_before_ = std::exchange(replies_, 0);
    shared_.answer_bytes = 0;
    server_cpu_ = cpu_of(shared_.settings.server_pid);
    own_cpu_ = own_cpu();
    window_begin_ = now();
}

void Generator::print() const {
    const Settings& settings = shared_.settings;
    const double wall = static_cast<double>(now() - window_begin_) * 1e-9;
    const double server = cpu_of(settings.server_pid) - server_cpu_;
    const double own = own_cpu() - own_cpu_;
    const Memory memory = memory_of(settings.server_pid);
    const auto each = [&](double amount, std::uint64_t count) {
        return count == 0 ? 0 : amount / static_cast<double>(count);
    };
    std::printf("{\"messages\": %llu, \"per_second\": %.1f, \"cpu_us\": %.4f,\n",
                static_cast<unsigned long long>(replies_), static_cast<double>(replies_) / wall,
                each(server * 1e6, replies_));
    std::printf(" \"p50_us\": %.1f, \"p99_us\": %.1f, \"p999_us\": %.1f,\n",
                latencies_.quantile(0.5), latencies_.quantile(0.99), latencies_.quantile(0.999));
    std::printf(" \"server_cores\": %.4f, \"generator_cores\": %.3f,\n", server / wall, own / wall);
    std::printf(" \"late_p99_us\": %.1f, \"answer_bytes\": %.1f, \"all_messages\": %llu,\n",
                delays_.quantile(0.99), each(static_cast<double>(shared_.answer_bytes), replies_),
                static_cast<unsigned long long>(replies_before_ + replies_));
    std::printf(" \"resident_kib\": %ld, \"bytes_each\": %.1f}\n", memory.resident,
                each(static_cast<double>(memory.anonymous - memory_before_.anonymous) * 1024,
                     settings.connections));
}

}  // namespace bench
