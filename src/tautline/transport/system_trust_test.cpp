// SPDX-License-Identifier: MIT
#include <tautline/transport/system_trust.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <tests/support/tls_pair.hpp>
#include <unistd.h>

namespace tautline::transport {
namespace {

using Context = OpensslPtr<SSL_CTX>;

Context trusting() {
    Context context(SSL_CTX_new(TLS_client_method()));
    EXPECT_TRUE(trust_system(context.get()));
    return context;
}

// The system trusts what is in a file of the test.
struct SystemTrust : testing::Test {
    SystemTrust() {
        const int file = ::mkstemp(path.data());
        ::close(file);
        ::setenv("SSL_CERT_FILE", path.c_str(), 1);
        std::ofstream(path) << test::test_authority().certificate_pem();
    }
    ~SystemTrust() override {
        ::unsetenv("SSL_CERT_FILE");
        std::filesystem::remove(path);
    }
    std::string path = testing::TempDir() + "system_trust_test.XXXXXX";
};

TEST_F(SystemTrust, HoldsTheCertificatesOfTheFile) {
    const Context context = trusting();
    STACK_OF(X509)* found = X509_STORE_get1_all_certs(SSL_CTX_get_cert_store(context.get()));
    EXPECT_EQ(sk_X509_num(found), 1);
    sk_X509_pop_free(found, X509_free);
}

TEST_F(SystemTrust, IsReadOnceForAllContexts) {
    const Context first = trusting();
    const Context second = trusting();
    EXPECT_EQ(SSL_CTX_get_cert_store(first.get()), SSL_CTX_get_cert_store(second.get()));
}

TEST_F(SystemTrust, IsReadAgainWhenTheFileHasChanged) {
    const Context before = trusting();
    const auto time = std::filesystem::last_write_time(path);
    std::filesystem::last_write_time(path, time + std::chrono::seconds(1));
    const Context after = trusting();
    EXPECT_NE(SSL_CTX_get_cert_store(before.get()), SSL_CTX_get_cert_store(after.get()));
}

}  // namespace
}  // namespace tautline::transport
