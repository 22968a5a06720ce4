// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>

#include <tautline/base/error.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/session/driver.hpp>

namespace tautline::client {

/// The whole way from a URL to a running session, within `options.handshake_timeout`. When it
/// succeeds `handlers.on_open` has been called.
[[nodiscard]] asio::awaitable<std::expected<std::shared_ptr<session::Driver>, Error>> open_session(
    io::Loop& loop, std::string url, ClientOptions options, Handlers handlers);

}  // namespace tautline::client
