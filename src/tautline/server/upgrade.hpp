// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <tautline/proto/http/field_list.hpp>
#include <tautline/proto/http/request_head.hpp>
#include <tautline/session/peer_data.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline {

namespace server {
struct UpgradeLoop;
}

/// A checked request for a WebSocket that waits for the application's decision.
///
/// The first call of `accept` or `reject` counts; dropping it rejects with 503. When the peer has
/// gone or `ServerOptions::decision_timeout` has passed, both do nothing. Headers that may not be
/// sent are replaced by a 500; those of `accept` an observer is told, as `HandlerThrew`.
///
/// A decision that has to ask elsewhere first can be a coroutine on the loop of the connection:
/// `coroutine_upgrade` in <tautline/server/coroutine_route.hpp>.
/// Threads: any.
class UpgradeRequest {
public:
    struct State;
    explicit UpgradeRequest(std::shared_ptr<State> state);
    UpgradeRequest(UpgradeRequest&&) noexcept = default;
    UpgradeRequest& operator=(UpgradeRequest&& other) noexcept;
    ~UpgradeRequest();

    [[nodiscard]] const http::RequestHead& request() const;
    /// How it arrived: whether over TLS, from where, and whose certificate the client has shown.
    [[nodiscard]] const transport::StreamInfo& stream() const;
    [[nodiscard]] std::string_view peer_address() const { return stream().peer_address; }
    [[nodiscard]] std::string_view parameter(std::string_view name) const;

    /// Room for what the decision has found out, such as who the user is: the `data` of the `Peer`
    /// or `WebSocket` that `accept` opens. One thread at a time, before `accept` or `reject`.
    template <typename T>
    [[nodiscard]] T& data() {
        return data_.get<T>();
    }

    /// Opens the WebSocket, with further response headers. A Sec-WebSocket-Protocol among them
    /// chooses the subprotocol, in place of `RouteOptions::subprotocols`: it is agreed on if the
    /// client offers it, and otherwise none is, nor where it is empty.
    void accept(http::FieldList headers = {});
    /// Answers with any other status (300 to 599), headers and body.
    void reject(int status, http::FieldList headers = {}, std::string body = {});

private:
    friend struct server::UpgradeLoop;
    std::shared_ptr<State> state_;
    PeerData data_;
};

}  // namespace tautline
