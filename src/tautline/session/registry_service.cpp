// SPDX-License-Identifier: MIT
#include <tautline/session/registry_service.hpp>

#include <tautline/io/loop_part.hpp>

namespace tautline::session {

namespace {

struct ClientRegistry {
    Registry registry;

    // The members still need the loop, and those that are held elsewhere the registry.
    void shut_down() { registry.clear(); }
};

}  // namespace

Registry& client_registry(io::Loop& loop) { return io::part_of<ClientRegistry>(loop).registry; }

}  // namespace tautline::session
