// SPDX-License-Identifier: MIT
#include <tautline/observe/metrics.hpp>

#include <array>
#include <atomic>
#include <variant>

namespace tautline::observe {

namespace {

using Counter = std::uint64_t Counters::*;

struct Description {
    Counter counter;
    std::string_view name;
    std::string_view help;
};

constexpr std::array kDescriptions = {
    Description{&Counters::calls_started, "calls_started", "Connections asked for by clients."},
    Description{&Counters::calls_failed, "calls_failed", "Of these, those that did not open."},
    Description{&Counters::requests_received, "requests_received", "Requests to servers."},
    Description{&Counters::requests_refused, "requests_refused", "Answered with 400 or more."},
    Description{&Counters::websockets_opened, "websockets_opened", "WebSockets that opened."},
    Description{&Counters::websockets_closed, "websockets_closed", "WebSockets that ended."},
    Description{&Counters::websockets_broken, "websockets_broken",
                "Of these, those without a Close from both sides."},
    Description{&Counters::messages_received, "messages_received", "Messages received."},
    Description{&Counters::messages_sent, "messages_sent", "Messages sent."},
    Description{&Counters::message_bytes_received, "message_bytes_received",
                "Payload of the messages received, before compression."},
    Description{&Counters::message_bytes_sent, "message_bytes_sent",
                "Payload of the messages sent, before compression."},
    Description{&Counters::pings_received, "pings_received", "Pings received."},
    Description{&Counters::pings_sent, "pings_sent", "Pings sent."},
    Description{&Counters::pongs_received, "pongs_received", "Pongs received."},
    Description{&Counters::pongs_sent, "pongs_sent",
                "Pongs queued; while much waits, only the latest goes out."},
    Description{&Counters::handlers_threw, "handlers_threw", "Exceptions of the application."},
    Description{&Counters::tls_failed, "tls_failed", "TLS handshakes that failed."},
    Description{&Counters::connections_refused, "connections_refused",
                "Connections to servers that were closed unread."},
};
static_assert(sizeof(Counters) == kDescriptions.size() * sizeof(std::uint64_t),
              "every counter is described");

// Only one thread writes a share: no exchange is needed. Who sees it sees what was counted before.
void add(std::uint64_t& counter, std::uint64_t amount = 1) {
    const std::atomic_ref shared(counter);
    shared.store(shared.load(std::memory_order_relaxed) + amount, std::memory_order_release);
}

// What each event adds.
struct Count {
    Counters& own;

    void operator()(const MessageReceived& message) const {
        add(own.messages_received);
        add(own.message_bytes_received, message.bytes);
    }
    void operator()(const MessageSent& message) const {
        add(own.messages_sent);
        add(own.message_bytes_sent, message.bytes);
    }
    void operator()(const PingReceived&) const { add(own.pings_received); }
    void operator()(const PingSent&) const { add(own.pings_sent); }
    void operator()(const PongReceived&) const { add(own.pongs_received); }
    void operator()(const PongSent&) const { add(own.pongs_sent); }
    void operator()(const CallStarted&) const { add(own.calls_started); }
    void operator()(const CallFailed&) const { add(own.calls_failed); }
    void operator()(const RequestReceived&) const { add(own.requests_received); }
    void operator()(const ResponseSent& answer) const {
        if (answer.response.status >= 400) add(own.requests_refused);
    }
    void operator()(const Opened&) const { add(own.websockets_opened); }
    void operator()(const SessionClosed& end) const {
        add(own.websockets_closed);
        if (!end.closed.clean) add(own.websockets_broken);
    }
    void operator()(const HandlerThrew&) const { add(own.handlers_threw); }
    void operator()(const TlsEnded& end) const {
        if (end.error != nullptr) add(own.tls_failed);
    }
    void operator()(const ConnectionRefused&) const { add(own.connections_refused); }
    void operator()(const auto&) const {}  // Steps on the way to a connection.
};

std::string written(const std::string& name, std::string_view type, std::string_view help,
                    std::uint64_t value) {
    std::string text;
    text.append("# HELP ").append(name).append(" ").append(help);
    text.append("\n# TYPE ").append(name).append(" ").append(type);
    return text.append("\n" + name + " " + std::to_string(value) + "\n");
}

std::atomic<std::uint64_t> next_number = 1;

}  // namespace

std::string to_prometheus(const Counters& counters) {
    std::string text;
    for (const auto& [counter, name, help] : kDescriptions) {
        const auto whole_name = "tautline_" + std::string(name) + "_total";
        text += written(whole_name, "counter", help, counters.*counter);
    }
    const auto open = counters.websockets_opened - counters.websockets_closed;
    return text + written("tautline_websockets_open", "gauge", "WebSockets open now.", open);
}

Metrics::Metrics() : number_(next_number++) {}

void Metrics::observe(const Event& event, Stamp) {
    std::visit(Count{share_of_this_thread()}, event);
}

Counters& Metrics::share_of_this_thread() {
    // A thread between two objects looks up the map each time.
    struct Last {
        std::uint64_t number = 0;
        Counters* counters = nullptr;
    };
    thread_local Last last;
    if (!last.counters || last.number != number_) {
        const std::lock_guard lock(mutex_);
        last = {number_, &shares_[std::this_thread::get_id()].counters};
    }
    return *last.counters;
}

Counters Metrics::counters() const {
    Counters sum;
    const std::lock_guard lock(mutex_);
    // Ends before beginnings: otherwise one that opens and closes meanwhile makes the open ones
    // fewer than none.
    for (auto description = kDescriptions.rbegin(); description != kDescriptions.rend();
         ++description) {
        for (auto& [thread, share] : shares_) {
            const std::atomic_ref shared(share.counters.*(description->counter));
            sum.*(description->counter) += shared.load(std::memory_order_acquire);
        }
    }
    return sum;
}

}  // namespace tautline::observe
