// SPDX-License-Identifier: MIT
#include <tautline/session/message_buffers.hpp>

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

namespace tautline::session {

namespace {

class MessageBuffersService final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit MessageBuffersService(asio::execution_context& context) : service(context) {}

    const std::shared_ptr<BufferPool> buffers = std::make_shared<BufferPool>();

private:
    void shutdown() override {}
};

}  // namespace

std::shared_ptr<BufferPool> message_buffers(io::Loop& loop) {
    return asio::use_service<MessageBuffersService>(loop.context()).buffers;
}

}  // namespace tautline::session
