// SPDX-License-Identifier: MIT
#pragma once

#include <asio/execution_context.hpp>
#include <asio/io_context.hpp>

#include <tautline/io/loop.hpp>

namespace tautline::io {

/// How Asio holds a part of a loop. Use `part_of`.
template <typename Part>
class LoopPart final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;

    explicit LoopPart(asio::execution_context& context) : service(context) {}

    Part part{};

private:
    void shutdown() override {
        if constexpr (requires(Part& ending) { ending.shut_down(); }) part.shut_down();
    }
};

/// The one `Part` of this loop, made when first asked for.
///
/// Lifetime: its io_context ends in two steps. First `part.shut_down()` is called, where there is
/// such a member: the loop and all parts are still there. Then the part is destroyed, with the
/// loop still there. In both the part that was made last comes first.
/// Threads: those of the loop.
template <typename Part>
[[nodiscard]] Part& part_of(Loop& loop) {
    return asio::use_service<LoopPart<Part>>(loop.context()).part;
}

}  // namespace tautline::io
