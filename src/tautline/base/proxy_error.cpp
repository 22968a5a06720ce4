// SPDX-License-Identifier: MIT
#include <tautline/base/proxy_error.hpp>

#include <tautline/base/enum_category.hpp>

namespace tautline {

namespace {

ErrorWords words_for(ProxyError error) {
    using enum ProxyError;
    switch (error) {
        case refused: return {"proxy_refused", "the proxy refused the tunnel; its answer says why"};
        case authentication_required:
            return {"proxy_authentication_required",
                    "the proxy asks for a user and a password; put them into its URL"};
        case credentials_rejected:
            return {"proxy_credentials_rejected",
                    "the proxy did not take the user and password; check them"};
        case authentication_unsupported:
            return {"proxy_authentication_unsupported",
                    "the proxy wants authentication of a kind that is not supported; have it take "
                    "Basic, or a user and a password"};
        case credentials_invalid:
            return {"proxy_credentials_invalid",
                    "the user or password cannot be sent to the proxy: leave out controls, colons "
                    "in the user, and more than 255 bytes for SOCKS5"};
        case target_invalid:
            return {"proxy_target_invalid",
                    "the host cannot be sent to the proxy: write an ASCII name of at most 255 "
                    "bytes or an IP address"};
        case response_malformed:
            return {"proxy_response_malformed",
                    "the answer is not one of such a proxy; check its scheme and port"};
        case response_too_large:
            return {"proxy_response_too_large",
                    "the head of the proxy's answer is over the limit; check what it sends"};
        case closed_early:
            return {"proxy_closed_early",
                    "the proxy closed the connection before the tunnel stood; check its log"};
        case general_failure:
            return {"proxy_general_failure",
                    "the SOCKS proxy failed without saying why; check its log"};
        case not_allowed:
            return {"proxy_not_allowed", "the rules of the SOCKS proxy do not allow this target"};
        case network_unreachable:
            return {"proxy_network_unreachable",
                    "the SOCKS proxy has no way to the network of the target"};
        case host_unreachable:
            return {"proxy_host_unreachable",
                    "the SOCKS proxy cannot reach the host or find its name"};
        case connection_refused:
            return {"proxy_connection_refused",
                    "the target refused the connection of the SOCKS proxy; check the port"};
        case ttl_expired:
            return {"proxy_ttl_expired", "the target did not answer the SOCKS proxy in time"};
        case command_unsupported:
            return {"proxy_command_unsupported", "the SOCKS proxy makes no connections"};
        case address_type_unsupported:
            return {"proxy_address_type_unsupported",
                    "the SOCKS proxy does not take this kind of address; try a name, or IPv4"};
        case reply_unknown:
            return {"proxy_reply_unknown", "the SOCKS proxy failed with a code that has no name"};
    }
    return kUnknownError;
}

}  // namespace

const std::error_category& proxy_category() {
    static const EnumCategory<ProxyError> category("tautline.proxy", words_for);
    return category;
}

std::error_code make_error_code(ProxyError error) {
    return {static_cast<int>(error), proxy_category()};
}

std::string_view name_for(ProxyError error) { return words_for(error).name; }
std::string_view message_for(ProxyError error) { return words_for(error).message; }

}  // namespace tautline
