// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <iterator>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include <tautline/base/ip_address.hpp>

namespace tautline::test {

/// A listening socket on loopback that takes connections into its backlog and never answers.
struct SilentListener {
    asio::io_context context;
    asio::ip::tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};

    [[nodiscard]] IpEndpoint endpoint() const {
        return {IpAddress(IpAddress::V4{127, 0, 0, 1}), acceptor.local_endpoint().port()};
    }
    [[nodiscard]] asio::ip::tcp::socket accept() { return acceptor.accept(); }
};

/// A port of loopback where nothing listens.
[[nodiscard]] inline IpEndpoint refusing_endpoint() { return SilentListener().endpoint(); }

/// How many file descriptors this process has open.
[[nodiscard]] inline std::ptrdiff_t open_descriptors() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}

}  // namespace tautline::test
