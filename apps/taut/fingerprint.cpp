// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <tautline/base/base64.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/transport/certificate_check.hpp>

#include "fingerprint.hpp"

namespace tautline::taut {

namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

}  // namespace

std::string certificate_fingerprint(std::string_view pem) {
    const auto begin = pem.find(kBegin);
    const auto end = pem.find(kEnd);
    if (begin == std::string_view::npos || end == std::string_view::npos) return {};
    std::string body(pem.substr(begin + kBegin.size(), end - begin - kBegin.size()));
    std::erase_if(body, [](char c) { return c == '\n' || c == '\r'; });
    const auto der = decode_base64(body);
    if (!der) return {};
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(der->data(), der->size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        return {};
    }
    std::string text;
    for (const auto byte : std::span(digest).first(size)) {
        text += fmt::format("{}{:02X}", text.empty() ? "" : ":", byte);
    }
    return text;
}

std::string pin_of_certificate(const std::string& pem) {
    const auto reader = transport::reader_over(pem);
    const transport::OpensslPtr<X509> certificate(
        PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr));
    if (!certificate) return {};
    return encode_base64(transport::pin_of(certificate.get()));
}

}  // namespace tautline::taut
