// SPDX-License-Identifier: MIT
#include <tautline/proto/deflate/parameters.hpp>

#include <algorithm>
#include <utility>
#include <vector>

#include <tautline/base/assert.hpp>
#include <tautline/proto/http/extension_list.hpp>

namespace tautline::deflate {

namespace {

constexpr std::string_view kExtensionName = "permessage-deflate";
constexpr std::string_view kServerNoContextTakeover = "server_no_context_takeover";
constexpr std::string_view kClientNoContextTakeover = "client_no_context_takeover";
constexpr std::string_view kServerMaxWindowBits = "server_max_window_bits";
constexpr std::string_view kClientMaxWindowBits = "client_max_window_bits";

constexpr int kSmallestWindow = 8;
constexpr int kSmallestOwnWindow = 9;
constexpr int kLargestWindow = 15;

// The parameters of one offer or answer as they were written, each at most once.
struct Terms {
    bool server_no_context_takeover = false;
    bool client_no_context_takeover = false;
    std::optional<int> server_max_window_bits;
    bool client_window_named = false;  // client_max_window_bits is there, with a value or without
    std::optional<int> client_max_window_bits;
};

// RFC 7692 sections 7.1.2.1 and 7.1.2.2: a decimal number from 8 to 15 without leading zeroes.
std::optional<int> read_window_bits(std::string_view text) {
    for (int bits = kSmallestWindow; bits <= kLargestWindow; ++bits) {
        if (text == std::to_string(bits)) return bits;
    }
    return std::nullopt;
}

// RFC 7692 sections 7.1.1.1 and 7.1.1.2: these two have no value.
bool read_flag(const http::ExtensionParameter& parameter, bool& flag) {
    if (parameter.value || flag) return false;
    flag = true;
    return true;
}

bool read_server_window(const http::ExtensionParameter& parameter, Terms& terms) {
    if (!parameter.value || terms.server_max_window_bits) return false;
    terms.server_max_window_bits = read_window_bits(*parameter.value);
    return terms.server_max_window_bits.has_value();
}

bool read_client_window(const http::ExtensionParameter& parameter, Terms& terms) {
    if (terms.client_window_named) return false;
    terms.client_window_named = true;
    if (!parameter.value) return true;
    terms.client_max_window_bits = read_window_bits(*parameter.value);
    return terms.client_max_window_bits.has_value();
}

bool read_parameter(const http::ExtensionParameter& parameter, Terms& terms) {
    if (parameter.name == kServerNoContextTakeover) {
        return read_flag(parameter, terms.server_no_context_takeover);
    }
    if (parameter.name == kClientNoContextTakeover) {
        return read_flag(parameter, terms.client_no_context_takeover);
    }
    if (parameter.name == kServerMaxWindowBits) return read_server_window(parameter, terms);
    if (parameter.name == kClientMaxWindowBits) return read_client_window(parameter, terms);
    return false;
}

// RFC 7692 section 7.1: unknown names, names that come twice and values that are not allowed make
// the whole offer or answer void.
std::optional<Terms> read_terms(const http::Extension& extension) {
    Terms terms;
    for (const http::ExtensionParameter& parameter : extension.parameters) {
        if (!read_parameter(parameter, terms)) return std::nullopt;
    }
    return terms;
}

std::string write_terms(const Terms& terms) {
    std::string text(kExtensionName);
    const auto add = [&text](std::string_view name) { text.append("; ").append(name); };
    const auto add_value = [&text](int bits) { text.append("=").append(std::to_string(bits)); };
    if (terms.server_no_context_takeover) add(kServerNoContextTakeover);
    if (terms.client_no_context_takeover) add(kClientNoContextTakeover);
    if (terms.server_max_window_bits) {
        add(kServerMaxWindowBits);
        add_value(*terms.server_max_window_bits);
    }
    if (terms.client_window_named) add(kClientMaxWindowBits);
    if (terms.client_max_window_bits) add_value(*terms.client_max_window_bits);
    return text;
}

// What a client that was built from `options` asks for.
Terms offer_for(const Options& options) {
    Terms offer{.server_no_context_takeover = options.server_no_context_takeover,
                .client_no_context_takeover = options.client_no_context_takeover,
                .server_max_window_bits = std::nullopt,
                .client_window_named = true,
                .client_max_window_bits = std::nullopt};
    if (options.server_max_window_bits < kLargestWindow) {
        offer.server_max_window_bits = options.server_max_window_bits;
    }
    if (options.client_max_window_bits < kLargestWindow) {
        offer.client_max_window_bits = options.client_max_window_bits;
    }
    return offer;
}

std::optional<Answer> answer_to(const Terms& offer, const Options& options) {
    // See the header: a server never agrees to compress for a window of 8 bits.
    if (offer.server_max_window_bits == kSmallestWindow) return std::nullopt;
    Parameters agreed{
        .server_no_context_takeover =
            offer.server_no_context_takeover || options.server_no_context_takeover,
        .client_no_context_takeover =
            offer.client_no_context_takeover || options.client_no_context_takeover,
        .server_max_window_bits = std::min(options.server_max_window_bits,
                                           offer.server_max_window_bits.value_or(kLargestWindow)),
    };
    Terms answer{.server_no_context_takeover = agreed.server_no_context_takeover,
                 .client_no_context_takeover = agreed.client_no_context_takeover,
                 .server_max_window_bits = std::nullopt,
                 .client_window_named = false,
                 .client_max_window_bits = std::nullopt};
    // RFC 7692 section 7.1.2.1: an offered limit is accepted by repeating it or a smaller one, and
    // a server may set itself one that was not asked for.
    if (offer.server_max_window_bits || agreed.server_max_window_bits < kLargestWindow) {
        answer.server_max_window_bits = agreed.server_max_window_bits;
    }
    // RFC 7692 section 7.1.2.2: only a client that named the parameter can be given a limit.
    if (offer.client_window_named) {
        agreed.client_max_window_bits = std::min(
            options.client_max_window_bits, offer.client_max_window_bits.value_or(kLargestWindow));
        answer.client_window_named = agreed.client_max_window_bits < kLargestWindow;
    }
    if (answer.client_window_named) answer.client_max_window_bits = agreed.client_max_window_bits;
    return Answer{.parameters = agreed, .field_value = write_terms(answer)};
}

// Whether the server kept to what a client with these options asked for.
bool fits(const Terms& answer, const Options& options) {
    // RFC 7692 section 7.1.1.1: the request is accepted by repeating it, or the offer is declined.
    if (options.server_no_context_takeover && !answer.server_no_context_takeover) return false;
    // RFC 7692 section 7.1.2.1: the same, and absence means a window of 15 bits.
    if (answer.server_max_window_bits.value_or(kLargestWindow) > options.server_max_window_bits) {
        return false;
    }
    if (!answer.client_window_named) return true;
    // RFC 7692 section 7.1.2.2: in an answer the parameter has a value, not larger than offered.
    return answer.client_max_window_bits &&
           *answer.client_max_window_bits <= options.client_max_window_bits;
}

bool is_between(int value, int smallest, int largest) {
    return value >= smallest && value <= largest;
}

}  // namespace

bool is_usable(const Options& options) {
    return is_between(options.server_max_window_bits, kSmallestOwnWindow, kLargestWindow) &&
           is_between(options.client_max_window_bits, kSmallestOwnWindow, kLargestWindow) &&
           is_between(options.level, 0, 9) && is_between(options.memory_level, 1, 9);
}

std::string write_offer(const Options& options) {
    TAUTLINE_ASSERT(is_usable(options));
    return write_terms(offer_for(options));
}

std::optional<Answer> accept_offer(std::string_view offers, const Options& options) {
    TAUTLINE_ASSERT(is_usable(options));
    const auto extensions = http::read_extension_list(offers);
    if (!extensions) return std::nullopt;
    for (const http::Extension& extension : *extensions) {
        if (extension.name != kExtensionName) continue;
        const auto offer = read_terms(extension);
        if (!offer) continue;
        if (auto answer = answer_to(*offer, options)) return answer;
    }
    return std::nullopt;
}

std::expected<std::optional<Parameters>, AnswerError> read_answer(std::string_view field,
                                                                  const Options& options) {
    TAUTLINE_ASSERT(is_usable(options));
    if (field.empty()) return std::nullopt;
    const auto extensions = http::read_extension_list(field);
    if (!extensions) return std::unexpected(AnswerError::malformed);
    if (extensions->size() > 1 || extensions->front().name != kExtensionName) {
        return std::unexpected(AnswerError::not_offered);
    }
    const auto answer = read_terms(extensions->front());
    if (!answer || !fits(*answer, options)) return std::unexpected(AnswerError::bad_parameter);
    return Parameters{
        .server_no_context_takeover = answer->server_no_context_takeover,
        // What the server does not insist on is still our own choice.
        .client_no_context_takeover =
            answer->client_no_context_takeover || options.client_no_context_takeover,
        .server_max_window_bits = answer->server_max_window_bits.value_or(kLargestWindow),
        .client_max_window_bits =
            answer->client_max_window_bits.value_or(options.client_max_window_bits),
    };
}

}  // namespace tautline::deflate
