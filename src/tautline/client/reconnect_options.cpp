// SPDX-License-Identifier: MIT
#include <tautline/client/reconnect_options.hpp>

#include <cstdint>

#include <tautline/base/ascii.hpp>
#include <tautline/base/parse_number.hpp>
#include <tautline/base/time_limit.hpp>
#include <tautline/proto/proxy/route.hpp>

namespace tautline {

bool is_final_failure(const Error& error) {
    if (error.code == UsageError::too_many_connections) return false;
    if (error.code.category() == usage_category()) return true;
    if (error.code == TransportError::certificate_rejected) return true;
    if (error.code == TransportError::client_certificate_required) return true;
    if (error.code.category() == proxy_category() &&
        proxy::is_decision(static_cast<ProxyError>(error.code.value()))) {
        return true;
    }
    // Also with a refusal: one that would have been answered, had there been time.
    if (error.code == TransportError::handshake_timeout || !error.refusal) return false;
    const int status = error.refusal->status;
    // Request Timeout, Too Early and Too Many Requests ask to come again.
    const bool come_again = status == 408 || status == 425 || status == 429;
    const bool moved_for_good = status == 301 || status == 308;
    return moved_for_good || (status >= 400 && status <= 499 && !come_again);
}

bool is_final_close(CloseCode code) {
    using enum CloseCode;
    return code == protocol_error || code == unsupported_data || code == invalid_payload ||
           code == message_too_big || code == mandatory_extension;
}

namespace client {

namespace {

std::unexpected<Error> option_error(const char* message) {
    return std::unexpected(usage_error(UsageError::option_invalid, message));
}

// RFC 9110 section 10.2.3: digits only; the other form is a date, and there is no calendar here.
std::optional<Duration> seconds_from(std::string_view text) {
    const auto seconds = parse_number<std::uint32_t>(text);
    if (!seconds) return std::nullopt;
    return std::chrono::seconds(*seconds);
}

}  // namespace

std::expected<void, Error> check(const ReconnectOptions& options) {
    if (!is_time_limit(options.first_delay)) {
        return option_error("first_delay must be positive, and a year at most");
    }
    if (!is_time_limit(options.max_delay)) return option_error("max_delay must be a year at most");
    if (options.max_delay < options.first_delay) {
        return option_error("max_delay must not be less than first_delay");
    }
    if (!(options.multiplier >= 1)) return option_error("multiplier must be at least 1");
    if (options.max_kept_bytes == 0) return option_error("max_kept_bytes must be positive");
    if (!is_time_limit(options.ask_again)) {
        return option_error("ask_again must be positive, and a year at most");
    }
    if (!options.is_final) return option_error("is_final must be a function");
    if (!options.is_final_close) return option_error("is_final_close must be a function");
    return {};
}

std::optional<Duration> retry_after(const Error& error) {
    if (!error.refusal) return std::nullopt;
    for (const auto& [name, value] : error.refusal->headers) {
        if (equal_ignoring_case(name, "Retry-After")) return seconds_from(value);
    }
    return std::nullopt;
}

}  // namespace client
}  // namespace tautline
