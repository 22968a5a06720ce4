// SPDX-License-Identifier: MIT
#include <tautline/session/profile.hpp>

#include <utility>

#include <tautline/base/assert.hpp>
#include <tautline/session/shared_deflate.hpp>

namespace tautline::session {

Profile::Profile(ProfileSetup setup)
    : loop(*setup.loop),
      registry(*setup.registry),
      role(setup.role),
      options(std::move(setup.options)),
      handlers(std::move(setup.handlers)),
      observer(std::move(setup.observer)),
      permit(std::move(setup.permit)),
      engines(*setup.engine,
              {.role = setup.role,
               .options = options.get(),
               .compression = setup.compression,
               .random = &setup.loop->random(),
               .shared_deflate = setup.compression ? &shared_deflate(*setup.loop) : nullptr}) {
    TAUTLINE_ASSERT(options->max_buffered_bytes > 0);
}

}  // namespace tautline::session
