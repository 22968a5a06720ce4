// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <tautline/session/driver.hpp>

namespace tautline::test {

/// A session of a test.
struct SessionSetup {
    Role role = Role::server;
    Handlers handlers = {};
    ConnectionOptions options = {};
    std::optional<deflate::Parameters> compression = std::nullopt;
    std::shared_ptr<observe::Observer> observer = nullptr;
    MutableBytes already_received = {};
    const websocket::EngineKind* engine = &websocket::native_engine();
};

/// Starts it over any stream; `registry` owns it.
inline session::Driver& start_session(io::Loop& loop, session::Registry& registry,
                                      std::unique_ptr<transport::ByteStream> stream,
                                      SessionSetup setup) {
    const auto call_id = observe::new_call_id(setup.observer);
    auto profile = std::make_shared<session::Profile>(session::ProfileSetup{
        .loop = &loop,
        .registry = &registry,
        .role = setup.role,
        .engine = setup.engine,
        .compression = setup.compression,
        .options = std::make_shared<ConnectionOptions>(std::move(setup.options)),
        .handlers = std::make_shared<Handlers>(std::move(setup.handlers)),
        .observer = std::move(setup.observer)});
    return session::Driver::start({.profile = std::move(profile),
                                   .stream = std::move(stream),
                                   .info = std::make_shared<OpenInfo>(),
                                   .call_id = call_id},
                                  setup.already_received);
}

}  // namespace tautline::test
