// SPDX-License-Identifier: MIT
#include <tautline/transport/self_signed.hpp>

#include <algorithm>

#include <tautline/transport/certificate_maker.hpp>

namespace tautline::transport {

namespace {

// The X.520 limit of a common name.
constexpr std::size_t kLongestCommonName = 64;

std::unexpected<Error> refuse(std::string message) {
    return std::unexpected(Error{
        .code = UsageError::option_invalid, .phase = Phase::tls, .message = std::move(message)});
}

}  // namespace

std::expected<CertificateAndKey, Error> make_self_signed(const std::vector<std::string>& names) {
    if (names.empty() || std::ranges::find(names, "") != names.end()) {
        return refuse("a certificate needs names to be for, and none of them empty.");
    }
    const auto made =
        make_identity({.common_name = names.front().substr(0, kLongestCommonName), .names = names});
    if (!made) return refuse("cannot make a certificate: " + take_openssl_reason() + ".");
    return CertificateAndKey{made->certificate_pem(), made->key_pem()};
}

}  // namespace tautline::transport
