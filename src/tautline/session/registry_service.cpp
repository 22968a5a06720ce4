// SPDX-License-Identifier: MIT
#include <tautline/session/registry_service.hpp>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

namespace tautline::session {

namespace {

class RegistryService final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit RegistryService(asio::execution_context& context) : service(context) {}

    Registry registry;

private:
    // Services shut down in the reverse order of their making: the loop, made first, is still
    // there.
    void shutdown() override { registry.clear(); }
};

}  // namespace

Registry& client_registry(io::Loop& loop) {
    return asio::use_service<RegistryService>(loop.context()).registry;
}

}  // namespace tautline::session
