// SPDX-License-Identifier: MIT
#include <tautline/client/call.hpp>

#include <array>
#include <optional>
#include <type_traits>
#include <utility>

#include <tautline/base/contained.hpp>
#include <tautline/base/time_limit.hpp>
#include <tautline/dial/race.hpp>
#include <tautline/dial/race_failure.hpp>
#include <tautline/observe/tell.hpp>
#include <tautline/proto/websocket/options_check.hpp>
#include <tautline/session/registry_service.hpp>

namespace tautline::client {

namespace {

std::expected<void, Error> check(const ClientOptions& options) {
    if (options.engine == nullptr) {
        return std::unexpected(usage_error(UsageError::option_invalid, "engine must not be null"));
    }
    if (!options.engine->streaming && options.connection.delivery == Delivery::streamed) {
        return std::unexpected(usage_error(UsageError::unsupported,
                                           "the engine \"" + std::string(options.engine->name) +
                                               "\" delivers whole messages only"));
    }
    if (const auto problem = websocket::problem_with(options.connection); !problem.empty()) {
        return std::unexpected(usage_error(UsageError::option_invalid, problem));
    }
    if (options.handshake_timeout <= Duration::zero()) {
        return std::unexpected(
            usage_error(UsageError::option_invalid, "handshake_timeout must be positive"));
    }
    return {};
}

}  // namespace

std::weak_ptr<Call> Call::start(io::Loop& loop, std::string url, ClientOptions options,
                                Handlers handlers, Done done) {
    auto call = std::make_shared<Call>(loop, std::move(url), std::move(options),
                                       std::move(handlers), std::move(done));
    call->registry_.add(call);
    loop.call_soon(*call);
    return call;
}

Call::Call(io::Loop& loop, std::string url, ClientOptions options, Handlers handlers, Done done)
    : loop_(loop),
      registry_(session::owner_of_new_client(loop)),
      url_(std::move(url)),
      options_(std::move(options)),
      observed_{options_.observer, observe::new_call_id(options_.observer)},
      deadline_(due_after(loop.now(), options_.handshake_timeout)),
      handlers_(std::move(handlers)),
      done_(std::move(done)) {}

Call::~Call() = default;

void Call::on_turn() {
    if (!done_) return;  // It was given up before it began.
    if (cancelled_ || session::clients_ended(loop_)) return cancel();
    auto prepared = ask([this] { return prepare(); });
    if (!prepared) return;
    if (!*prepared) return fail(std::move(prepared->error()));
    const std::string shown = policy_->uri().display();
    observe(observe::CallStarted{shown});
    dial();
}

// Whatever comes of the application's own code on the way to a connection: interceptors, cookies,
// credentials, the proxies of an environment.
template <typename Question>
std::optional<std::invoke_result_t<Question>> Call::ask(Question question) {
    std::optional<std::invoke_result_t<Question>> answer;
    const bool well =
        contained([&] { answer.emplace(question()); },
                  [&](const auto& thrown) { observe(observe::HandlerThrew{thrown}); });
    if (!well) fail(threw());
    if (!done_) answer.reset();  // Whoever was asked gave it up.
    return answer;
}

Error Call::threw() const {
    return {.code = UsageError::handler_threw,
            .phase = Phase::handshake,
            .endpoint = policy_ ? policy_->uri().endpoint() : "",
            .message =
                "an interceptor or another hook of the application threw, so the call was "
                "given up; catch inside it"};
}

std::expected<void, Error> Call::prepare() {
    auto uri = http::parse_uri(url_);
    if (!uri) {
        return std::unexpected(
            usage_error(UsageError::url_invalid, std::string(http::message_for(uri.error()))));
    }
    policy_.emplace(options_, *uri);
    if (auto checked = check(options_); !checked) return checked;
    return policy_->choose_routes();
}

// A redirect may lead to a host whose connections are counted on their own.
std::expected<void, Error> Call::admit() {
    const http::Uri& uri = policy_->uri();
    if (permit_ && permit_->host() == uri.host) return {};
    permit_.reset();
    if (auto permit = options_.admission.admit(uri.host)) {
        permit_.emplace(*std::move(permit));
        return {};
    }
    Error error = usage_error(UsageError::too_many_connections);
    error.endpoint = uri.endpoint();
    return std::unexpected(std::move(error));
}

void Call::dial() {
    if (auto admitted = admit(); !admitted) return fail(std::move(admitted.error()));
    auto offer = ask([this] { return policy_->offer(); });
    if (!offer) return;
    dial::RaceSetup setup{.uri = policy_->uri(),
                          .offer = *std::move(offer),
                          .tls = options_.tls,
                          .head_limits = options_.head_limits,
                          .network = options_.network,
                          .resolver = options_.resolver.get(),
                          .proxy = policy_->route().proxy,
                          .proxy_options = options_.proxy,
                          .observed = observed_,
                          .give_up_at = deadline_,
                          .move_on_at = policy_->move_on_at(loop_.now(), deadline_)};
    // The application or an interceptor may have put in what cannot be sent.
    if (auto begun = websocket::ClientHandshake::begin(setup.offer, {}); !begun) {
        return fail(std::move(begun.error()));
    }
    dialing_ =
        dial::race(loop_, std::move(setup), [this](auto result) { opened(std::move(result)); });
}

void Call::opened(std::expected<dial::Upgraded, Error> result) {
    if (!done_) return;  // It was given up, and the race lives on until the next turn.
    if (!result) return refused(std::move(result.error()));
    const auto shown = ask([&] {
        policy_->receive_answer(result->response.status, result->response.fields);
        return true;
    });
    if (!shown) return;
    auto done = end();
    done(&start_session(*std::move(result)));
}

void Call::refused(Error error) {
    const auto again = ask([&] { return policy_->retry(error); });
    if (!again) return;
    if (*again && loop_.now() < deadline_) return dial();
    // It would be followed, or answered, if there were time: the same may go well another day.
    if (*again) {
        error.code = TransportError::handshake_timeout;
        dial::add_words(error, "; the time for another request is over");
    }
    fail(std::move(error));
}

session::Driver& Call::start_session(dial::Upgraded upgraded) {
    auto info = std::make_shared<OpenInfo>(
        OpenInfo{.request = std::move(upgraded.request),
                 .response_fields = std::move(upgraded.response.fields),
                 .subprotocol = std::move(upgraded.agreement.subprotocol),
                 .compression = upgraded.agreement.compression,
                 .stream = std::move(upgraded.info)});
    auto profile = std::make_shared<session::Profile>(
        session::ProfileSetup{.loop = &loop_,
                              .registry = &registry_,
                              .role = Role::client,
                              .engine = options_.engine,
                              .compression = info->compression,
                              .options = std::make_shared<ConnectionOptions>(options_.connection),
                              .handlers = std::make_shared<Handlers>(std::move(handlers_)),
                              .observer = options_.observer,
                              .permit = std::make_shared<Admission::Permit>(*std::move(permit_))});
    return session::Driver::start({.profile = std::move(profile),
                                   .stream = std::move(upgraded.stream),
                                   .info = std::move(info),
                                   .call_id = observed_.id},
                                  upgraded.rest.readable());
}

void Call::cancel() {
    fail({.code = UsageError::cancelled,
          .phase = Phase::handshake,
          .endpoint = policy_ ? policy_->uri().endpoint() : "",
          .message = "the connection was given up before it was open"});
}

void Call::fail(Error error) {
    if (!done_) return;
    auto done = end();
    permit_.reset();
    observe(observe::CallFailed{error});
    done(std::unexpected(std::move(error)));
}

// From here on nothing calls back any more; the object lives on until the next turn.
Call::Done Call::end() {
    // Not at once: a hook below the race may have given the call up, and it is still on the stack.
    if (dialing_) loop_.retire(std::move(dialing_));
    loop_.retire(registry_.remove(*this));
    return std::exchange(done_, nullptr);
}

void Call::observe(const observe::Event& event) { observe::tell(observed_, event, loop_.now()); }

}  // namespace tautline::client
