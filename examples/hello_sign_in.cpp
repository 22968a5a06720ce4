// SPDX-License-Identifier: MIT
// A server that lets in whoever it knows, and calls them by name.
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/server/server.hpp>

namespace {

struct User {
    std::string name;
};

// Where an application looks into its database.
std::optional<User> find_user(std::string_view authorization) {
    if (authorization == "Bearer 1234") return User{"Anna"};
    return std::nullopt;
}

void sign_in(tautline::UpgradeRequest request) {
    auto user = find_user(request.request().fields.find("Authorization").value_or(""));
    if (!user) return request.reject(401, {{"WWW-Authenticate", "Bearer"}});
    request.data<User>() = *user;
    request.accept();
}

void greet(tautline::Peer& peer) { peer.send("Hello " + peer.data<User>().name); }

}  // namespace

int main() {
    tautline::Server server;
    server.websocket("/", {.on_open = greet}, {.on_upgrade = sign_in});
    if (const auto listening = server.listen({.port = 8080}); !listening) {
        std::fprintf(stderr, "%s\n", listening.error().to_string().c_str());
        return 1;
    }
    server.run();
}
