// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "bench/load/connection.hpp"
#include "bench/load/histogram.hpp"
#include "bench/load/process.hpp"

namespace bench {

/// Drives the connections of one measurement on one thread and prints the result as JSON.
class Generator final : public Connection::Listener {
public:
    explicit Generator(const Settings& settings);
    void run();

private:
    void on_open(Connection& connection) override;
    void on_reply(Connection& connection, std::uint64_t sent_at, std::uint64_t now) override;
    void on_closed(Connection& connection) override;

    void open_all();
    void open_one();
    void turn(std::uint64_t until);
    std::uint64_t send_due();
    void turn_for(double seconds);
    void begin_window();
    void print() const;

    Shared shared_;
    std::vector<std::unique_ptr<Connection>> connections_;
    std::vector<std::unique_ptr<Connection>> closed_;
    unsigned started_ = 0;
    unsigned opened_ = 0;

    Histogram latencies_;
    Histogram delays_;  // how late messages were sent that have a time
    std::uint64_t rate_begin_ = 0;
    std::uint64_t rate_sent_ = 0;
    std::uint64_t replies_ = 0;
    std::uint64_t replies_before_ = 0;  // before the window
    std::uint64_t window_begin_ = 0;
    double server_cpu_ = 0;
    double own_cpu_ = 0;
    Memory memory_before_;
    bool running_ = false;
};

}  // namespace bench
