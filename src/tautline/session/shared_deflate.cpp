// SPDX-License-Identifier: MIT
#include <tautline/session/shared_deflate.hpp>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

namespace tautline::session {

namespace {

class SharedDeflateService final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit SharedDeflateService(asio::execution_context& context) : service(context) {}

    deflate::Shared shared;

private:
    void shutdown() override {}
};

}  // namespace

deflate::Shared& shared_deflate(io::Loop& loop) {
    return asio::use_service<SharedDeflateService>(loop.context()).shared;
}

}  // namespace tautline::session
