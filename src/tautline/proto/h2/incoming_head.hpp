// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tautline/proto/h2/event.hpp>
#include <tautline/proto/http/head_reader.hpp>

namespace tautline::h2 {

/// Collects the header fields of a request or response as they are decoded, within limits.
///
/// The order and the characters of fields were checked before; this looks at what they say.
/// Limits: what is over one is not stored.
/// Spec: RFC 9113 sections 8.2.3, 8.3 and 10.5.1.
class IncomingHead {
public:
    explicit IncomingHead(const http::HeadLimits& limits) : limits_(limits) {}

    enum class Verdict : std::uint8_t { fine, too_large, malformed };

    /// Returns false when the head is so large that it is not worth decoding the rest of it.
    [[nodiscard]] bool add(std::string_view name, std::string_view value);
    [[nodiscard]] Verdict verdict() const;
    /// Of a request: whether it asks for a tunnel, of whatever kind.
    [[nodiscard]] bool is_connect() const { return request_.head.method == "CONNECT"; }
    /// What `:status` says, 0 without one.
    [[nodiscard]] int status() const { return status_; }

    /// Call one of them, once, when all fields are in and the verdict is `fine`.
    [[nodiscard]] std::unique_ptr<Request> take_request();
    [[nodiscard]] std::unique_ptr<http::ResponseHead> take_response();

private:
    void add_pseudo(std::string_view name, std::string_view value);
    void add_field(std::string_view name, std::string_view value);
    [[nodiscard]] bool is_tunnel() const;

    http::HeadLimits limits_;
    Request request_;
    std::string cookie_;
    std::size_t bytes_ = 0;
    std::size_t count_ = 0;
    int status_ = 0;
    bool too_large_ = false;
    bool malformed_ = false;
};

}  // namespace tautline::h2
