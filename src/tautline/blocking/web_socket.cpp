// SPDX-License-Identifier: MIT
#include <tautline/blocking/web_socket.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

#include <tautline/base/time_limit.hpp>
#include <tautline/client/client.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/session/driver.hpp>
#include <tautline/session/inbox.hpp>
#include <tautline/session/ping_numbers.hpp>
#include <tautline/session/reader.hpp>
#include <tautline/session/session_error.hpp>

namespace tautline::blocking {

using session::session_error;
using PingNumber = session::PingNumbers::Number;

// The callbacks run on `thread` and hand over under the mutex; the caller waits on `changed`.
struct WebSocket::State final : session::Reader {
    explicit State(std::size_t high_water_bytes) : inbox(high_water_bytes) {}

    Client client;
    std::thread thread;

    mutable std::mutex mutex;
    std::condition_variable changed;
    Peer* peer = nullptr;  // only used on `thread`
    Sender sender;
    OpenInfo info;
    session::Inbox inbox;
    bool opened = false;
    std::optional<Error> failed;
    std::optional<Closed> closed;
    session::PingNumbers pings;
    std::map<PingNumber, UsageError> refused_pings;  // each until its own caller takes it
    // Somebody reads: what has arrived is kept for him, whatever happens to the stream.
    std::shared_ptr<session::Reader> reader{std::make_shared<bool>(), this};
    std::optional<Closed> end_of_stream;  // told behind what is not received yet

    [[nodiscard]] std::optional<Error> start();
    [[nodiscard]] Handlers handlers();
    void open(Peer& connection);
    void receive_part(Peer& connection, PartView part);
    void receive_pong(Bytes payload, std::optional<Duration> measured);
    void ping(PingNumber number);
    void receive_closed(const Closed& reason);
    void receive_end_of_stream(std::error_code error) override;
    template <typename Taken>
    using Take = std::optional<Taken> (session::Inbox::*)();
    template <typename Taken>
    [[nodiscard]] std::optional<std::expected<Taken, Closed>> take(Take<Taken> from_inbox);
    [[nodiscard]] std::optional<std::expected<Message, Closed>> take_message();
    [[nodiscard]] std::optional<std::expected<Part, Closed>> take_part();
    void read_to_the_end();
    void resume();
    std::expected<void, Error> send(MessageView message, SendOptions options);

    template <typename Change>
    void change(Change change) {
        {
            const std::lock_guard lock(mutex);
            change();
        }
        changed.notify_all();
    }

    // Waits until `take`, which is called under the mutex, gives something.
    template <typename Take>
    auto wait_for(Take take, Duration timeout = Duration::max()) {
        std::unique_lock lock(mutex);
        auto taken = take();
        const auto there = [&] { return taken || (taken = take()); };
        if (timeout > kLongestTime) {
            changed.wait(lock, there);  // The end of the clock is no deadline.
        } else {
            changed.wait_for(lock, timeout, there);
        }
        return taken;
    }
};

// A system that has no thread to give makes the standard library throw.
std::optional<Error> WebSocket::State::start() try {
    thread = std::thread([this] { client.run(); });
    return std::nullopt;
} catch (const std::system_error& error) {
    return Error{.code = error.code(),
                 .phase = Phase::connect,
                 .message = "no thread for the connection: " + error.code().message()};
}

Handlers WebSocket::State::handlers() {
    Handlers handlers;
    handlers.on_open = [this](Peer& connection) { open(connection); };
    handlers.on_message = [this](Peer& connection, MessageView message) {
        receive_part(connection, {message.type, message.bytes});
    };
    handlers.on_part = [this](Peer& connection, PartView part) { receive_part(connection, part); };
    handlers.on_pong = [this](Peer&, Bytes payload, std::optional<Duration> measured) {
        receive_pong(payload, measured);
    };
    handlers.on_drain = [this](Peer&) { change([] {}); };
    handlers.on_closed = [this](Peer&, const Closed& reason) { receive_closed(reason); };
    return handlers;
}

void WebSocket::State::open(Peer& connection) {
    connection.driver().set_reader(reader);
    change([&] {
        peer = &connection;
        sender = connection.sender();
        info = connection.info();
        opened = true;
    });
}

void WebSocket::State::receive_part(Peer& connection, PartView part) {
    change([&] {
        if (inbox.push(part)) connection.set_reading(false);
    });
}

void WebSocket::State::receive_pong(Bytes payload, std::optional<Duration> measured) {
    change([&] { (void)pings.receive_pong(payload, measured); });
}

void WebSocket::State::ping(PingNumber number) {
    // At the end nobody waits for it any more.
    if (peer == nullptr || end_of_stream) return;
    const auto sent = peer->ping(session::PingNumbers::payload_of(number));
    if (!sent) change([&] { refused_pings[number] = sent.error(); });
}

void WebSocket::State::receive_closed(const Closed& reason) {
    change([&] {
        peer = nullptr;
        closed = reason;
    });
}

void WebSocket::State::receive_end_of_stream(std::error_code error) {
    change([&] { end_of_stream = Closed{.error = error}; });
}

// Gives nothing while there is neither a message, or a part, nor the end. Under the mutex.
template <typename Taken>
std::optional<std::expected<Taken, Closed>> WebSocket::State::take(Take<Taken> from_inbox) {
    auto taken = (inbox.*from_inbox)();
    if (inbox.resumes()) resume();
    if (taken) return *std::move(taken);
    if (closed) return std::unexpected(*closed);
    return std::nullopt;
}

std::optional<std::expected<Message, Closed>> WebSocket::State::take_message() {
    if (!inbox.refuses_message(closed.has_value())) return take(&session::Inbox::take_message);
    return std::unexpected(Closed{.error = UsageError::message_open});
}

std::optional<std::expected<Part, Closed>> WebSocket::State::take_part() {
    return take(&session::Inbox::take_part);
}

// The peer's Close comes after messages that perhaps nobody will take: read on to reach it.
void WebSocket::State::read_to_the_end() {
    const std::lock_guard lock(mutex);
    if (inbox.stop_pausing()) resume();
}

// Under the mutex.
void WebSocket::State::resume() {
    client.post([this] {
        if (peer != nullptr) peer->set_reading(true);
    });
}

// The mutex is held while sending, so that the drain that follows a refusal cannot be missed.
std::expected<void, Error> WebSocket::State::send(MessageView message, SendOptions options) {
    std::unique_lock lock(mutex);
    while (true) {
        const auto sent = sender.send(message, options);
        if (sent) return {};
        if (sent.error() != UsageError::queue_full) {
            return std::unexpected(closed ? session_error(closed)
                                          : session_error(make_error_code(sent.error())));
        }
        changed.wait(lock);
    }
}

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::WebSocket(WebSocket&&) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept {
    std::swap(state_, other.state_);
    return *this;
}

WebSocket::~WebSocket() {
    if (!state_) return;
    state_->read_to_the_end();
    state_->client.stop();
    state_->thread.join();
}

std::expected<Message, Closed> WebSocket::receive() {
    return *state_->wait_for([this] { return state_->take_message(); });
}

std::optional<std::expected<Message, Closed>> WebSocket::receive_for(Duration timeout) {
    return state_->wait_for([this] { return state_->take_message(); }, timeout);
}

std::expected<Part, Closed> WebSocket::receive_part() {
    return *state_->wait_for([this] { return state_->take_part(); });
}

std::optional<std::expected<Part, Closed>> WebSocket::receive_part_for(Duration timeout) {
    return state_->wait_for([this] { return state_->take_part(); }, timeout);
}

std::expected<void, Error> WebSocket::send(std::string_view text, SendOptions options) {
    return state_->send({MessageType::text, as_bytes(text)}, options);
}

std::expected<void, Error> WebSocket::send(Bytes bytes, SendOptions options) {
    return state_->send({MessageType::binary, bytes}, options);
}

std::expected<void, Error> WebSocket::send(MessageView message, SendOptions options) {
    return state_->send(message, options);
}

std::expected<Duration, Error> WebSocket::ping() {
    std::unique_lock lock(state_->mutex);
    const auto number = state_->pings.begin();
    state_->client.post([state = state_.get(), number] { state->ping(number); });
    const auto over = [&] { return state_->closed || state_->end_of_stream; };
    const auto failed = [&] { return over() || state_->refused_pings.contains(number); };
    const auto answered = [&] { return state_->pings.answered(number); };
    state_->changed.wait(lock, [&] { return answered() || failed(); });
    const auto refused = state_->refused_pings.extract(number);
    if (answered()) return state_->pings.round_trip();
    if (!over()) return std::unexpected(session_error(make_error_code(refused.mapped())));
    return std::unexpected(session_error(state_->closed ? state_->closed : state_->end_of_stream));
}

Closed WebSocket::close(CloseCode code, std::string_view reason) {
    const auto fine = check_close(code, fitting_reason(reason));
    if (!fine) return Closed{.error = fine.error()};
    // Read on before closing: a paused connection would not receive the peer's Close.
    state_->read_to_the_end();
    (void)state_->sender.close(code, reason);
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [this] { return state_->closed.has_value(); });
    return *state_->closed;
}

const OpenInfo& WebSocket::info() const { return state_->info; }

std::optional<Closed> WebSocket::closed() const {
    const std::lock_guard lock(state_->mutex);
    return state_->closed;
}

WebSocket::Messages WebSocket::messages() { return Messages(*this); }

std::expected<WebSocket, Error> connect(std::string_view url, ClientOptions options) {
    // `send` waits for itself when it is refused.
    if (options.connection.overflow == OverflowPolicy::wait)
        options.connection.overflow = OverflowPolicy::refuse;
    auto state = std::make_unique<WebSocket::State>(options.connection.high_water_bytes);
    state->client.connect(url, state->handlers(), std::move(options),
                          [state = state.get()](const Error& error) {
                              state->change([&] { state->failed = error; });
                          });
    if (auto error = state->start()) return std::unexpected(*std::move(error));
    std::unique_lock lock(state->mutex);
    state->changed.wait(lock, [&] { return state->opened || state->failed; });
    if (state->opened) {
        lock.unlock();
        return WebSocket(std::move(state));
    }
    Error error = *state->failed;
    lock.unlock();
    state->thread.join();
    return std::unexpected(std::move(error));
}

}  // namespace tautline::blocking
