// SPDX-License-Identifier: MIT
#include <tautline/server/response.hpp>

#include <tautline/session/find_parameter.hpp>

namespace tautline {

namespace {

Response typed(std::string body, int status, std::string type) {
    return {
        .status = status, .headers = {{"Content-Type", std::move(type)}}, .body = std::move(body)};
}

}  // namespace

std::string_view Request::parameter(std::string_view name) const {
    return session::find_parameter(parameters, name);
}

Response Response::text(std::string body, int status) {
    return typed(std::move(body), status, "text/plain; charset=utf-8");
}

Response Response::html(std::string body, int status) {
    return typed(std::move(body), status, "text/html; charset=utf-8");
}

Response Response::json(std::string body, int status) {
    return typed(std::move(body), status, "application/json");
}

}  // namespace tautline
