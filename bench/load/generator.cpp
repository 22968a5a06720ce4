// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdio>
#include <string>

#include <sys/epoll.h>

#include "bench/load/generator.hpp"
#include "bench/support/sockets.hpp"

namespace bench {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{256} * 1024;
constexpr std::size_t kFloodMessageBytes = 1024;
// At most so many handshakes at once: no server's backlog overflows.
constexpr unsigned kOpenAtOnce = 256;

SSL_CTX* client_tls() {
    SSL_CTX* const tls = SSL_CTX_new(TLS_client_method());
    // All servers speak the same cipher.
    SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                              SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(tls, 1);
    return tls;
}

Settings flood_settings(Settings settings) {
    settings.message_bytes = kFloodMessageBytes;
    settings.in_flight = static_cast<unsigned>(settings.flood_bytes / kFloodMessageBytes);
    return settings;
}

}  // namespace

Generator::Generator(const Settings& settings)
    : shared_{.settings = settings,
              .frames = Frames(settings),
              .tls = settings.tls ? client_tls() : nullptr,
              .epoll = ::epoll_create1(EPOLL_CLOEXEC),
              .buffer = std::vector<char>(kBufferBytes)},
      flood_frames_(flood_settings(settings)) {}

void Generator::run() {
    const Settings& settings = shared_.settings;
    memory_before_ = memory_of(settings.server_pid);
    open_all();
    running_ = true;
    if (settings.mode != Mode::idle || settings.touch) {
        for (const auto& connection : connections_) {
            connection->send(settings.in_flight);
            connection->handle(EPOLLOUT);
        }
    }
    if (flood_) {
        flood_->send(flood_settings(settings).in_flight);
        flood_->handle(EPOLLOUT);
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
        turn();
    }
    if (settings.flood_bytes == 0) return;
    const unsigned window = flood_settings(settings).in_flight;
    flood_ = std::make_unique<Connection>(shared_, flood_frames_, *this, window);
    flood_->start(started_++);
    while (opened_ < started_) turn();
}

void Generator::open_one() {
    const Settings& settings = shared_.settings;
    auto connection =
        std::make_unique<Connection>(shared_, shared_.frames, *this, settings.in_flight);
    if (started_ == 0 && settings.mode == Mode::echo && !settings.raw) connection->verify();
    connection->start(started_++);
    connections_.push_back(std::move(connection));
}

void Generator::turn() {
    epoll_event events[512];
    const int count = ::epoll_wait(shared_.epoll, events, 512, 100);
    for (int i = 0; i < count; ++i) {
        static_cast<Connection*>(events[i].data.ptr)->handle(events[i].events);
    }
    closed_.clear();
}

void Generator::turn_for(double seconds) {
    const std::uint64_t end = now() + static_cast<std::uint64_t>(seconds * 1e9);
    while (now() < end) turn();
}

void Generator::on_open(Connection& connection) {
    ++opened_;
    if (!running_ || shared_.settings.mode != Mode::churn) return;
    connection.send(1);
    connection.handle(EPOLLOUT);
}

void Generator::on_reply(Connection& connection, std::uint64_t sent_at, std::uint64_t time) {
    if (&connection == flood_.get()) {
        ++flood_replies_;
        return connection.send(1);
    }
    ++replies_;
    latencies_.add(time - sent_at);
    if (shared_.settings.mode == Mode::echo) return connection.send(1);
    if (shared_.settings.mode == Mode::churn) connection.close();
}

// Another one takes its place. It is destroyed when nothing of it is on the stack any more.
void Generator::on_closed(Connection& connection) {
    ++closings_;
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
    replies_ = flood_replies_ = closings_ = 0;
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
    std::printf(" \"flood_per_second\": %.1f, \"resident_kib\": %ld, \"bytes_each\": %.1f}\n",
                static_cast<double>(flood_replies_) / wall, memory.resident,
                each(static_cast<double>(memory.anonymous - memory_before_.anonymous) * 1024,
                     settings.connections));
}

}  // namespace bench
