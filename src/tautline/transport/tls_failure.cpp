// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_failure.hpp>

#include <tautline/transport/openssl.hpp>

namespace tautline::transport {

namespace {

Error error_with(TransportError code, std::string message) {
    return {.code = code, .phase = Phase::tls, .message = std::move(message)};
}

Error no_tls(TlsSide side) {
    return error_with(TransportError::tls_failed,
                      side == TlsSide::client
                          ? "the server does not speak TLS on this port. Is it a ws:// server?"
                          : "the client does not speak TLS. It may have to use wss://.");
}

Error required_error(std::error_code code) {
    return {.code = code, .phase = Phase::tls, .message = code.message() + "."};
}

Error certificate_missing(TlsSide side) {
    if (side == TlsSide::client) return required_error(TransportError::client_certificate_required);
    return error_with(TransportError::certificate_rejected,
                      "the client showed no certificate, and it must.");
}

Error ours_refused(const std::string& reason, TlsSide side) {
    const std::string hint =
        side == TlsSide::client
            ? " Is it issued by an authority that the server trusts?"
            : " Clients must trust its issuer, and the server must send the whole chain.";
    // Some servers say "unknown authority" when the client has shown no certificate at all.
    return error_with(side == TlsSide::client ? TransportError::client_certificate_required
                                              : TransportError::tls_failed,
                      "the peer refused our certificate (" + reason + ")." + hint);
}

std::string reason_text(unsigned long openssl_error) {
    const char* reason = ERR_reason_error_string(openssl_error);
    return reason ? reason : "unknown reason";
}

}  // namespace

Error tls_error_for(unsigned long openssl_error, TlsSide side) {
    const std::string reason = reason_text(openssl_error);
    // Reasons are numbered by each library of OpenSSL on its own.
    const bool of_tls = ERR_GET_LIB(openssl_error) == ERR_LIB_SSL;
    switch (of_tls ? ERR_GET_REASON(openssl_error) : 0) {
        case SSL_R_WRONG_VERSION_NUMBER:
        case SSL_R_HTTP_REQUEST:
        case SSL_R_HTTPS_PROXY_REQUEST:
        case SSL_R_PACKET_LENGTH_TOO_LONG: return no_tls(side);
        case SSL_R_UNSUPPORTED_PROTOCOL:
        case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return error_with(TransportError::tls_failed,
                              "no TLS version in common (" + reason +
                                  "). TLS 1.2 and 1.3 are spoken here, or 1.3 only if required.");
        case SSL_R_NO_SHARED_CIPHER:
        case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
            return error_with(TransportError::tls_failed,
                              "the two sides have no cipher in common (" + reason +
                                  "). The other side may be very old.");
        case SSL_R_NO_APPLICATION_PROTOCOL:
        case SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
            return error_with(
                TransportError::tls_failed,
                "the two sides have no protocol in common (ALPN): HTTP/1.1 is needed.");
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: return certificate_missing(side);
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: return ours_refused(reason, side);
        default: return error_with(TransportError::tls_failed, "TLS failed: " + reason + ".");
    }
}

Error rejection_error(const std::string& rejection, TlsSide side) {
    const std::string whose = side == TlsSide::client ? "" : "client certificate: ";
    return error_with(TransportError::certificate_rejected, whose + rejection);
}

std::optional<Error> late_refusal(const std::error_code& error) {
    if (error != TransportError::client_certificate_required) return std::nullopt;
    return required_error(error);
}

}  // namespace tautline::transport
