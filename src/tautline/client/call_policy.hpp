// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/proto/http/redirect.hpp>
#include <tautline/proto/proxy/route.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>

namespace tautline::client {

/// What a call does when a server says no, and by which way it goes: redirects, credentials,
/// cookies, interceptors, and the ordered routes of proxies. It only decides.
///
///     begin ─▶ offer, route ─▶ (the call dials) ─▶ receive_answer ─▶ retry? ──yes──▶ offer, route
///                                                                      └───no───▶ the error stands
///
/// Limits: `max_redirects`; three answers to 401; each route once for a hop, and those that had
/// failed at an earlier hop last.
/// Lifetime: `options` outlives it.
class CallPolicy {
public:
    CallPolicy(const ClientOptions& options, const http::Uri& uri);

    [[nodiscard]] const http::Uri& uri() const { return trail_.current(); }
    /// Decides on the routes for the present URL. Fails with what the environment says wrongly.
    std::expected<void, Error> choose_routes();
    [[nodiscard]] const proxy::Route& route() const { return routes_[route_]; }
    /// When to go on to the next route if nothing comes through this one: each of those that are
    /// left has an equal part of the time.
    [[nodiscard]] Instant move_on_at(Instant now, Instant end) const {
        return now + (end - now) / static_cast<Duration::rep>(routes_.size() - route_);
    }
    /// What is asked for; interceptors and the cookie jar have had their say.
    [[nodiscard]] websocket::ClientOffer offer() const;

    /// Shows an answer to the interceptors and the cookie jar.
    void receive_answer(int status, const http::FieldList& fields);
    /// Whether to dial again, by another URL, route or authorization, after this error; it may
    /// replace the error.
    [[nodiscard]] bool retry(Error& error);

private:
    void put_failed_last();
    [[nodiscard]] bool follow(const Refusal& refusal, Error& error);
    [[nodiscard]] bool authenticate(const Refusal& refusal);
    [[nodiscard]] bool try_next_route(const Error& error);
    void add_own_fields(http::FieldList& fields) const;

    const ClientOptions& options_;
    http::RedirectTrail trail_;
    std::vector<proxy::Route> routes_;
    std::size_t route_ = 0;
    std::vector<proxy::Route> failed_;
    std::string authorization_;  // the answer to a 401
    int authentications_ = 0;
};

}  // namespace tautline::client
