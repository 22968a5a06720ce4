// SPDX-License-Identifier: MIT
#include <tautline/session/registry_service.hpp>

#include <tautline/io/loop_part.hpp>

namespace tautline::session {

namespace {

struct ClientRegistry {
    Registry registry;
    Registry latecomers;
    bool ended = false;

    // The members still need the loop, and those that are held elsewhere the registry.
    void shut_down() {
        registry.clear();
        latecomers.clear();
    }
};

ClientRegistry& part_of(io::Loop& loop) { return io::part_of<ClientRegistry>(loop); }

}  // namespace

Registry& client_registry(io::Loop& loop) { return part_of(loop).registry; }

// Who is told to go may begin again at once.
void end_clients(io::Loop& loop) {
    auto& clients = part_of(loop);
    clients.ended = true;
    clients.registry.go_away();
}

bool clients_ended(io::Loop& loop) { return part_of(loop).ended; }

Registry& owner_of_new_client(io::Loop& loop) {
    auto& clients = part_of(loop);
    return clients.ended ? clients.latecomers : clients.registry;
}

}  // namespace tautline::session
