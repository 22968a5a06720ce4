// SPDX-License-Identifier: MIT
#include <tautline/session/profile.hpp>

#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/io/loop_part.hpp>
#include <tautline/proto/deflate/shared.hpp>

namespace tautline::session {

namespace {

// What all connections of a loop assemble, inflate and compress messages in. A connection may
// outlive its loop, so it holds them too.
struct MessageBuffers {
    const std::shared_ptr<BufferPool> pool = std::make_shared<BufferPool>();
};

std::shared_ptr<const ConnectionOptions> options_for_engine(
    const std::shared_ptr<const ConnectionOptions>& options, bool observed) {
    if (!observed) return options;
    auto shown = std::make_shared<ConnectionOptions>(*options);
    shown->deliver_control_frames = true;
    return shown;
}

}  // namespace

Profile::Profile(ProfileSetup setup)
    : loop(*setup.loop),
      registry(*setup.registry),
      role(setup.role),
      options(std::move(setup.options)),
      handlers(std::move(setup.handlers)),
      observer(std::move(setup.observer)),
      permit(std::move(setup.permit)),
      engine_options(options_for_engine(options, observer != nullptr)),
      buffers(io::part_of<MessageBuffers>(*setup.loop).pool),
      engines(*setup.engine,
              {.role = setup.role,
               .options = engine_options.get(),
               .compression = setup.compression,
               .random = &setup.loop->random(),
               .shared_deflate =
                   setup.compression ? &io::part_of<deflate::Shared>(*setup.loop) : nullptr,
               .buffers = buffers.get()}) {
    TAUTLINE_ASSERT(options->max_buffered_bytes > 0);
}

}  // namespace tautline::session
