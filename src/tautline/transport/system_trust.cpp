// SPDX-License-Identifier: MIT
#include <tautline/transport/system_trust.hpp>

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>

namespace tautline::transport {

namespace {

std::string from_environment(const char* variable) {
    const char* value = std::getenv(variable);
    return value == nullptr ? std::string() : std::string(value);
}

// Describes the files of the certificates: when the text changes they must be read again.
std::string source() {
    const std::string named = from_environment(X509_get_default_cert_file_env());
    const std::string file = named.empty() ? X509_get_default_cert_file() : named;
    std::error_code error;
    const auto changed = std::filesystem::last_write_time(file, error).time_since_epoch().count();
    return file + ":" + (error ? "none" : std::to_string(changed)) + ":" +
           from_environment(X509_get_default_cert_dir_env());
}

}  // namespace

bool trust_system(SSL_CTX* context) {
    static std::mutex mutex;
    static std::string read_from;
    static OpensslPtr<X509_STORE> trust;
    const std::lock_guard lock(mutex);
    if (const std::string now = source(); !trust || now != read_from) {
        OpensslPtr<X509_STORE> fresh(X509_STORE_new());
        if (!fresh || X509_STORE_set_default_paths(fresh.get()) != 1) return false;
        trust = std::move(fresh);
        read_from = now;
    }
    SSL_CTX_set1_cert_store(context, trust.get());
    return true;
}

}  // namespace tautline::transport
