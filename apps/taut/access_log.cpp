// SPDX-License-Identifier: MIT
#include <variant>

#include <fmt/format.h>

#include "access_log.hpp"
#include "escape.hpp"
#include "explain.hpp"
#include "json.hpp"

namespace tautline::taut {

namespace {

using Reason = observe::ConnectionRefused::Reason;

std::string_view name_of(Reason reason) {
    switch (reason) {
        case Reason::not_admitted: return "not_admitted";
        case Reason::address_limit: return "address_limit";
        case Reason::connection_limit: return "connection_limit";
        case Reason::out_of_descriptors: return "out_of_descriptors";
    }
    return "";
}

}  // namespace

std::string line_of_request(Time now, std::string_view peer, const http::RequestHead& request,
                            int status) {
    return fmt::format("{} {} {} {} {}", utc_timestamp(now), peer, request.method,
                       escape_for_terminal(request.path()), status);
}

std::string line_of_end(Time now, std::string_view peer, const Closed& closed) {
    return fmt::format("{} {} closed {}{}{}", utc_timestamp(now), peer,
                       static_cast<int>(closed.code), closed.error ? " " : "",
                       closed.error ? name_for(closed.error) : "");
}

std::string line_of_failure(Time now, const observe::Event& event) {
    const auto* tls = std::get_if<observe::TlsEnded>(&event);
    if (tls != nullptr && tls->error != nullptr) {
        const Error& error = *tls->error;
        return fmt::format("{} {} tls {}: {}", utc_timestamp(now), error.endpoint,
                           name_for(error.code), words_of(error));
    }
    if (const auto* refused = std::get_if<observe::ConnectionRefused>(&event)) {
        return fmt::format("{} {} refused {}", utc_timestamp(now), refused->peer_address,
                           name_of(refused->reason));
    }
    return {};
}

}  // namespace tautline::taut
