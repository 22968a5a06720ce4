// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <gtest/gtest.h>

#include <tautline/server/routes.hpp>

namespace tautline::server {

inline http::RequestHead get(std::string target) {
    return {.method = "GET", .target = std::move(target), .fields = {{"Host", "example.org"}}};
}

inline http::RequestHead upgrade(std::string target, const http::FieldList& more = {}) {
    http::RequestHead request = get(std::move(target));
    request.fields.add("Upgrade", "websocket");
    request.fields.add("Connection", "Upgrade");
    request.fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    request.fields.add("Sec-WebSocket-Version", "13");
    for (const auto& [name, value] : more) request.fields.add(name, value);
    return request;
}

struct RoutesTest : testing::Test {
    RoutesTest() {
        routes.add_get("/health", [](const Request&) { return Response::text("ok"); });
        routes.add_get("/users/{id}", [](const Request&) { return Response::text("user"); });
        routes.add_websocket("/echo", {}, {});
        routes.add_websocket("/chat/{room}", {}, {.subprotocols = {"json"}});
        routes.add_get("/both", [](const Request&) { return Response::text("page"); });
        routes.add_websocket("/both", {}, {});
    }

    /// The status of the answer, 0 when the application is called.
    int status(const http::RequestHead& request, bool secure = false) {
        const auto dispatch = routes.dispatch(request, secure);
        if (const auto* refused = std::get_if<websocket::Refused>(&dispatch))
            return refused->response.status;
        if (const auto* response = std::get_if<Response>(&dispatch)) return response->status;
        return 0;
    }
    std::optional<UpgradeCall> upgrade_call(const http::RequestHead& request) {
        auto dispatch = routes.dispatch(request, false);
        if (auto* call = std::get_if<UpgradeCall>(&dispatch)) return std::move(*call);
        return std::nullopt;
    }
    bool keeps_connection(const http::RequestHead& request) {
        return !std::holds_alternative<websocket::Refused>(routes.dispatch(request, false)) &&
               persists(request);
    }

    Routes routes;
};

}  // namespace tautline::server
