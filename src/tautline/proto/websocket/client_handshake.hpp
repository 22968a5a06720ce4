// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <tautline/base/error.hpp>
#include <tautline/proto/deflate/parameters.hpp>
#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/proto/http/response_head.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/websocket/handshake_form.hpp>

namespace tautline::websocket {

/// What a client asks for.
struct ClientOffer {
    http::Uri uri;
    std::vector<std::string> subprotocols = {};  ///< In the order of preference; at most 32.
    std::optional<deflate::Options> compression = std::nullopt;
    http::FieldList extra_fields = {};  ///< Origin, cookies, authorization, ...
    std::string user_agent = "tautline";
};

/// What both sides agreed on.
struct Agreement {
    std::string subprotocol = {};  ///< Empty: none.
    std::optional<deflate::Parameters> compression = std::nullopt;
};

/// The client's half of the opening handshake, as values (RFC 6455 section 4.1 and 4.2.2).
///
///     auto handshake = ClientHandshake::begin(offer, nonce);
///     send write_head(handshake->request()); read the response head;
///     auto agreement = handshake->receive(response);
///
/// Bytes after the response head belong to the engine.
class ClientHandshake {
public:
    /// Builds the request. `nonce` is 16 fresh random bytes. Fields of `extra_fields` may replace
    /// Host, Origin and User-Agent, and not those that the handshake itself needs. Userinfo of the
    /// URL becomes `Authorization: Basic`, unless that field is given.
    /// Fails with `header_invalid` or `option_invalid` and a message; then nothing may be sent.
    /// `write_head` accepts the request of every handshake that this returns. With
    /// `extended_connect` the nonce is not used, and `Host` stands for `:authority`.
    [[nodiscard]] static std::expected<ClientHandshake, Error> begin(
        const ClientOffer& offer, const std::array<std::byte, 16>& nonce,
        HandshakeForm form = HandshakeForm::upgrade);

    [[nodiscard]] const http::RequestHead& request() const { return request_; }

    /// Checks the answer. Fails with a `HandshakeError`; for a status other than 101 (or 2xx, for
    /// an extended CONNECT) with `rejected`.
    [[nodiscard]] std::expected<Agreement, Error> receive(const http::ResponseHead& response) const;

private:
    ClientHandshake() = default;

    [[nodiscard]] Error failure(HandshakeError code, std::string message) const;
    [[nodiscard]] Error rejection(const http::ResponseHead& response) const;
    [[nodiscard]] std::optional<Error> check_head(const http::ResponseHead& response) const;
    [[nodiscard]] std::optional<Error> check_switch(const http::ResponseHead& response) const;
    [[nodiscard]] std::expected<std::string, Error> read_subprotocol(
        const http::FieldList& fields) const;
    [[nodiscard]] std::expected<std::optional<deflate::Parameters>, Error> read_extensions(
        const http::FieldList& fields) const;

    HandshakeForm form_ = HandshakeForm::upgrade;
    http::RequestHead request_;
    std::string endpoint_;
    std::string expected_accept_;
    std::vector<std::string> subprotocols_;
    std::optional<deflate::Options> compression_;
};

}  // namespace tautline::websocket
