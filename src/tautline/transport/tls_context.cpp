// SPDX-License-Identifier: MIT
#include <tautline/transport/tls_context.hpp>

#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <openssl/pem.h>
#include <unistd.h>

#include <tautline/transport/system_trust.hpp>
#include <tautline/transport/tls_state.hpp>

namespace tautline::transport {

namespace {

using Done = std::expected<void, Error>;

// Forward secrecy and authenticated encryption only; the suites of TLS 1.3 are all so.
constexpr const char* kTls12Ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20:!aNULL:!PSK";

std::unexpected<Error> refuse(std::string message) {
    return std::unexpected(Error{
        .code = UsageError::option_invalid, .phase = Phase::tls, .message = std::move(message)});
}

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::expected<std::string, Error> read_file(const std::string& what, const std::string& path) {
    std::string text;
    std::array<char, 4096> block;
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    ssize_t count = file < 0 ? -1 : 1;
    while (count > 0) {
        count = ::read(file, block.data(), block.size());
        if (count > 0) text.append(block.data(), static_cast<std::size_t>(count));
    }
    const int error = errno;
    if (file >= 0) ::close(file);
    if (count == 0) return text;
    return refuse("cannot read " + what + " " + quoted(path) + ": " +
                  std::generic_category().message(error) + ".");
}

// Calls `use` with every certificate of a PEM text. A text without one, or with one that is
// damaged, is refused as a whole.
template <typename Use>
Done for_each_certificate(const std::string& what, const std::string& pem, Use use) {
    const auto reader = reader_over(pem);
    int count = 0;
    ERR_clear_error();
    while (const OpensslPtr<X509> certificate{
        PEM_read_bio_X509(reader.get(), nullptr, nullptr, nullptr)}) {
        if (!use(certificate.get())) {
            return refuse("OpenSSL refuses a certificate of " + what + ": " +
                          take_openssl_reason() + ".");
        }
        ++count;
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string reason = take_openssl_reason();
    if (!at_end) return refuse(what + " is damaged: " + reason + ".");
    if (count == 0) return refuse(what + " holds no certificate in PEM form.");
    return {};
}

Done trust(SSL_CTX* context, const std::string& what, const std::string& pem) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    return for_each_certificate(what, pem, [store](X509* certificate) {
        return X509_STORE_add_cert(store, certificate) == 1;
    });
}

Done trust_file(SSL_CTX* context, const std::string& path) {
    auto pem = read_file("the CA file", path);
    if (!pem) return std::unexpected(std::move(pem.error()));
    return trust(context, "the CA file " + quoted(path), *pem);
}

// A key with a password is refused: OpenSSL would ask for it on the terminal.
int no_password(char* /*room*/, int /*size*/, int /*writing*/, void* /*unused*/) { return -1; }

Done use_identity(SSL_CTX* context, const std::string& certificates, const std::string& key_pem) {
    bool first = true;
    auto used = for_each_certificate("the certificate chain", certificates, [&](X509* certificate) {
        if (std::exchange(first, false)) return SSL_CTX_use_certificate(context, certificate) == 1;
        return SSL_CTX_add1_chain_cert(context, certificate) == 1;
    });
    if (!used) return used;
    const auto reader = reader_over(key_pem);
    const OpensslPtr<EVP_PKEY> key(
        PEM_read_bio_PrivateKey(reader.get(), nullptr, &no_password, nullptr));
    if (!key) {
        return refuse("the private key cannot be used (" + take_openssl_reason() +
                      "). It must be in PEM form and without a password.");
    }
    if (SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
        return refuse("the private key does not fit the certificate: " + take_openssl_reason() +
                      ".");
    }
    return {};
}

Done use_identity_files(SSL_CTX* context, const std::string& certificate_file,
                        const std::string& key_file) {
    auto certificates = read_file("the certificate file", certificate_file);
    if (!certificates) return std::unexpected(std::move(certificates.error()));
    auto key = read_file("the key file", key_file.empty() ? certificate_file : key_file);
    if (!key) return std::unexpected(std::move(key.error()));
    return use_identity(context, *certificates, *key);
}

void log_keys(const SSL* ssl, const char* line) {
    const auto* state = static_cast<const TlsState*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
    // In one call: lines of several processes that append to one file stay whole.
    const std::string text = std::string(line) + "\n";
    [[maybe_unused]] const ssize_t written = ::write(state->key_log, text.data(), text.size());
}

Done open_key_log(TlsState& state, const std::string& path) {
    if (path.empty()) return {};
    state.key_log = ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (state.key_log < 0) {
        return refuse("cannot write the key log " + quoted(path) + ": " +
                      std::generic_category().message(errno) + ".");
    }
    SSL_CTX_set_keylog_callback(state.context.get(), &log_keys);
    return {};
}

Done set_alpn(TlsState& state, const AlpnList& alpn) {
    for (const std::string& name : alpn) {
        if (name.empty() || name.size() > 255) {
            return refuse("an ALPN name has 1 to 255 bytes.");
        }
        state.alpn_wire += static_cast<char>(name.size());
        state.alpn_wire += name;
    }
    state.alpn = alpn;
    return {};
}

std::string_view first_common(const AlpnList& ours, std::string_view offered) {
    for (const std::string& name : ours) {
        for (std::size_t at = 0; at < offered.size();) {
            const auto size = static_cast<unsigned char>(offered[at]);
            const std::string_view theirs = offered.substr(at + 1, size);
            if (theirs == name) return theirs;
            at += 1 + std::size_t{size};
        }
    }
    return {};
}

// NOLINTNEXTLINE(readability-function-size): the parameters are those of OpenSSL
int choose_alpn(SSL* /*ssl*/, const unsigned char** chosen, unsigned char* size,
                const unsigned char* offered, unsigned int offered_size, void* argument) {
    const auto* state = static_cast<const TlsState*>(argument);
    const std::string_view name =
        first_common(state->alpn, {reinterpret_cast<const char*>(offered), offered_size});
    // RFC 7301 section 3.2: nothing in common ends the handshake.
    if (name.empty()) return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = reinterpret_cast<const unsigned char*>(name.data());
    *size = static_cast<unsigned char>(name.size());
    return SSL_TLSEXT_ERR_OK;
}

Done prepare(TlsState& state, const SSL_METHOD* method, bool require_tls13) {
    state.context.reset(SSL_CTX_new(method));
    SSL_CTX* context = state.context.get();
    if (!context) return refuse("OpenSSL cannot be used: " + take_openssl_reason() + ".");
    const int oldest = require_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION;
    if (SSL_CTX_set_min_proto_version(context, oldest) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(context, kTls12Ciphers) != 1) {
        return refuse("OpenSSL lacks what is needed: " + take_openssl_reason() + ".");
    }
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // Not SSL_MODE_RELEASE_BUFFERS, which frees and allocates 33 KiB for each message:
    // TlsStream gives back the record buffers of idle connections.
    SSL_CTX_set_mode(context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_ex_data(context, 0, &state);
    SSL_CTX_set_cert_verify_callback(context, &check_certificate, nullptr);
    return {};
}

Done set_client_trust(SSL_CTX* context, const TlsClientOptions& options) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    if (options.ca_file.empty() && options.ca_pem.empty()) {
        // Reading what nobody asks takes as long as a handshake.
        if (options.unsafe_skip_verification || trust_system(context)) return {};
        return refuse("the certificates that this system trusts cannot be read: " +
                      take_openssl_reason() + ".");
    }
    // A certificate in the file is trusted by itself, also an intermediate one.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context), X509_V_FLAG_PARTIAL_CHAIN);
    if (!options.ca_file.empty()) {
        if (auto done = trust_file(context, options.ca_file); !done) return done;
    }
    if (options.ca_pem.empty()) return {};
    return trust(context, "TlsClientOptions::ca_pem", options.ca_pem);
}

Done set_pins(TlsState& state, const std::vector<std::string>& pins) {
    for (const std::string& text : pins) {
        const auto pin = parse_pin(text);
        if (!pin) return refuse("the pin " + quoted(text) + " is not the base64 of a SHA-256.");
        state.rules.pins.push_back(*pin);
    }
    return {};
}

Done set_client(TlsState& state, const TlsClientOptions& options, const AlpnList& alpn) {
    if (auto done = prepare(state, TLS_client_method(), options.require_tls13); !done) return done;
    SSL_CTX* context = state.context.get();
    state.rules.skip_verification = options.unsafe_skip_verification;
    if (auto done = set_client_trust(context, options); !done) return done;
    if (auto done = set_pins(state, options.pinned_keys); !done) return done;
    if (!options.certificate_file.empty()) {
        auto done = use_identity_files(context, options.certificate_file, options.key_file);
        if (!done) return done;
    }
    if (auto done = set_alpn(state, alpn); !done) return done;
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(state.alpn_wire.data()),
                            static_cast<unsigned int>(state.alpn_wire.size()));
    return open_key_log(state, options.key_log_file);
}

Done ask_for_client_certificates(SSL_CTX* context, const std::string& ca_file) {
    if (ca_file.empty()) return {};
    if (auto done = trust_file(context, ca_file); !done) return done;
    SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(ca_file.c_str()));
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    return {};
}

Done set_server_identity(SSL_CTX* context, const TlsServerOptions& options) {
    if (!options.certificate_pem.empty()) {
        const bool together = options.key_pem.empty();
        return use_identity(context, options.certificate_pem,
                            together ? options.certificate_pem : options.key_pem);
    }
    if (!options.certificate_file.empty()) {
        return use_identity_files(context, options.certificate_file, options.key_file);
    }
    return refuse("a TLS server needs a certificate and its key (TlsServerOptions).");
}

Done set_server(TlsState& state, const TlsServerOptions& options, const AlpnList& alpn) {
    if (auto done = prepare(state, TLS_server_method(), options.require_tls13); !done) return done;
    SSL_CTX* context = state.context.get();
    if (auto done = set_server_identity(context, options); !done) return done;
    if (auto done = ask_for_client_certificates(context, options.client_ca_file); !done)
        return done;
    if (auto done = set_alpn(state, alpn); !done) return done;
    if (!alpn.empty()) SSL_CTX_set_alpn_select_cb(context, &choose_alpn, &state);
    // Without it OpenSSL resumes no session of a client that showed a certificate.
    constexpr std::string_view id = "tautline";
    SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(id.data()),
                                   static_cast<unsigned int>(id.size()));
    SSL_CTX_set_num_tickets(context, 1);
    return open_key_log(state, options.key_log_file);
}

}  // namespace

TlsState::~TlsState() {
    if (key_log >= 0) ::close(key_log);
}

TlsClientContext::TlsClientContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsClientContext::~TlsClientContext() = default;

std::expected<std::shared_ptr<const TlsClientContext>, Error> TlsClientContext::make(
    const TlsClientOptions& options, const AlpnList& alpn) {
    auto state = std::make_unique<State>();
    if (auto done = set_client(*state, options, alpn); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return std::shared_ptr<const TlsClientContext>(new TlsClientContext(std::move(state)));
}

TlsServerContext::TlsServerContext(std::unique_ptr<State> state) : state_(std::move(state)) {}
TlsServerContext::~TlsServerContext() = default;

std::expected<std::shared_ptr<const TlsServerContext>, Error> TlsServerContext::make(
    const TlsServerOptions& options, const AlpnList& alpn) {
    auto state = std::make_unique<State>();
    if (auto done = set_server(*state, options, alpn); !done) {
        return std::unexpected(std::move(done.error()));
    }
    return std::shared_ptr<const TlsServerContext>(new TlsServerContext(std::move(state)));
}

}  // namespace tautline::transport
