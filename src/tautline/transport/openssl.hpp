// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <tautline/base/bytes.hpp>

// For the units of this folder only: no public header includes OpenSSL.
namespace tautline::transport {

/// Frees an object of OpenSSL.
struct OpensslDeleter {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
    void operator()(BIO* bio) const { BIO_free(bio); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

template <typename Object>
using OpensslPtr = std::unique_ptr<Object, OpensslDeleter>;

/// A reader over `text`, which must outlive it.
[[nodiscard]] inline OpensslPtr<BIO> reader_over(const std::string& text) {
    return OpensslPtr<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// The text that was written into a memory `bio`.
[[nodiscard]] inline std::string text_of(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_ctrl(bio, BIO_CTRL_INFO, 0, static_cast<void*>(&data));
    return {data, static_cast<std::size_t>(size)};
}

/// The reason of the last failure of OpenSSL in words. Empties its queue of errors.
[[nodiscard]] inline std::string take_openssl_reason() {
    const char* reason = ERR_reason_error_string(ERR_peek_last_error());
    ERR_clear_error();
    return reason ? reason : "unknown reason";
}

}  // namespace tautline::transport
