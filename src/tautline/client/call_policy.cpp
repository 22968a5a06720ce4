// SPDX-License-Identifier: MIT
#include <tautline/client/call_policy.hpp>

#include <string>
#include <utility>

#include <tautline/base/ascii.hpp>
#include <tautline/dial/race_failure.hpp>
#include <tautline/proto/http/challenge.hpp>

namespace tautline::client {

namespace {

constexpr int kMaxAuthentications = 3;

http::FieldList fields_of(const Refusal& refusal) {
    http::FieldList fields;
    for (const auto& [name, value] : refusal.headers) fields.add(name, value);
    return fields;
}

// Where a cookie or an interceptor may make the next request another one, no circle is certain: a
// server that wants its cookie back redirects to the same place.
http::Circles circles_for(const ClientOptions& options) {
    const bool may_change = options.cookies || !options.interceptors.empty();
    return may_change ? http::Circles::followed : http::Circles::refused;
}

}  // namespace

CallPolicy::CallPolicy(const ClientOptions& options, const http::Uri& uri)
    : options_(options), trail_(uri, options.max_redirects, circles_for(options)), routes_(1) {}

std::expected<void, Error> CallPolicy::choose_routes() {
    route_ = 0;
    if (!uri().unix_path.empty()) return {};
    auto routes = options_.proxies.routes_for(uri().secure, uri().host);
    if (!routes) {
        return std::unexpected(usage_error(UsageError::option_invalid, routes.error().to_string()));
    }
    routes_ = std::move(*routes);
    put_failed_last();
    return {};
}

void CallPolicy::put_failed_last() {
    std::vector<proxy::Route> last;
    for (const auto& failed : failed_) {
        if (std::erase(routes_, failed) > 0) last.push_back(failed);
    }
    routes_.insert(routes_.end(), last.begin(), last.end());
}

websocket::ClientOffer CallPolicy::offer() const {
    websocket::ClientOffer offer{.uri = uri(),
                                 .subprotocols = options_.subprotocols,
                                 .compression = std::nullopt,
                                 .extra_fields = {},
                                 .user_agent = options_.user_agent};
    if (options_.engine->compression) offer.compression = options_.connection.compression;
    add_own_fields(offer.extra_fields);
    const http::FieldList own = offer.extra_fields;
    for (const auto& interceptor : options_.interceptors) {
        if (interceptor.on_request) interceptor.on_request(uri(), offer.extra_fields);
    }
    if (trail_.left_origin()) http::restore_credentials(offer.extra_fields, own);
    return offer;
}

// Once another origin had a say in where the call goes, nothing secret is sent any more.
void CallPolicy::add_own_fields(http::FieldList& fields) const {
    const bool trusted = !trail_.left_origin();
    fields = trusted ? options_.headers : http::fields_for_other_origin(options_.headers);
    if (!options_.origin.empty()) fields.set("Origin", options_.origin);
    if (trusted && !options_.bearer_token.empty()) {
        fields.set("Authorization", "Bearer " + options_.bearer_token);
    }
    if (!authorization_.empty()) fields.set("Authorization", authorization_);
    if (!options_.cookies || fields.has("Cookie")) return;
    if (auto cookies = options_.cookies->cookies_for(uri()); !cookies.empty()) {
        fields.set("Cookie", std::move(cookies));
    }
}

void CallPolicy::receive_answer(int status, const http::FieldList& fields) {
    for (const auto& interceptor : options_.interceptors) {
        if (interceptor.on_response) interceptor.on_response(uri(), status, fields);
    }
    if (!options_.cookies) return;
    for (const auto& [name, value] : fields) {
        if (equal_ignoring_case(name, "Set-Cookie")) options_.cookies->receive_cookie(uri(), value);
    }
}

bool CallPolicy::retry(Error& error) {
    if (error.code != HandshakeError::rejected || !error.refusal) return try_next_route(error);
    const auto refusal = error.refusal;
    receive_answer(refusal->status, fields_of(*refusal));
    if (http::is_redirect(refusal->status)) return follow(*refusal, error);
    return refusal->status == 401 && authenticate(*refusal);
}

bool CallPolicy::follow(const Refusal& refusal, Error& error) {
    if (options_.max_redirects == 0) return false;
    const http::ResponseHead response{
        .status = refusal.status, .reason = refusal.reason, .fields = fields_of(refusal)};
    if (const auto followed = trail_.follow(response); !followed) {
        const std::string why(http::message_for(followed.error()));
        dial::add_words(error, "; it was not followed: " + why);
        return false;
    }
    authorization_.clear();
    if (auto chosen = choose_routes(); !chosen) {
        error = std::move(chosen.error());
        return false;
    }
    return true;
}

bool CallPolicy::authenticate(const Refusal& refusal) {
    if (!options_.authenticate || authentications_ == kMaxAuthentications) return false;
    const auto field = fields_of(refusal).combined("WWW-Authenticate");
    const auto challenges = http::read_challenges(field);
    if (!challenges || challenges->empty()) return false;
    auto answer = options_.authenticate(uri(), *challenges);
    if (!answer) return false;
    ++authentications_;
    authorization_ = std::move(*answer);
    return true;
}

bool CallPolicy::try_next_route(const Error& error) {
    // The proxy has done its part: what fails inside of its tunnel is the target's.
    const bool inside = error.phase == Phase::tls || error.phase == Phase::handshake;
    if (route().proxy && inside) return false;
    const int status = error.refusal ? error.refusal->status : 0;
    if (route_ + 1 >= routes_.size() || !proxy::may_try_next(error.code, status)) return false;
    failed_.push_back(route());
    ++route_;
    return true;
}

}  // namespace tautline::client
