// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <tautline/base/assert.hpp>
#include <tautline/base/base64.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/head_reader.hpp>
#include <tautline/proto/http/head_writer.hpp>
#include <tautline/proto/websocket/client_handshake.hpp>
#include <tautline/proto/websocket/server_handshake.hpp>

namespace {

namespace http = tautline::http;
namespace websocket = tautline::websocket;
using tautline::Bytes;

websocket::ClientOffer client_offer() {
    websocket::ClientOffer offer;
    offer.uri = http::parse_uri("ws://example.org/").value();
    offer.subprotocols = {"chat", "superchat"};
    offer.compression = tautline::deflate::Options{};
    return offer;
}

websocket::ClientHandshake client_with(Bytes nonce) {
    std::array<std::byte, 16> exact{};
    std::ranges::copy(nonce, exact.begin());
    return websocket::ClientHandshake::begin(client_offer(), exact).value();
}

// Everything that is agreed to can be written, and a client that sent that key takes it.
void check_accepted(const http::RequestHead& request, const websocket::Accepted& accepted) {
    TAUTLINE_ASSERT(accepted.response.status == 101);
    TAUTLINE_ASSERT(http::write_head(accepted.response).has_value());
    TAUTLINE_ASSERT(request.method == "GET" && request.version_minor == 1);
    TAUTLINE_ASSERT(websocket::is_upgrade_request(request));
    TAUTLINE_ASSERT(!request.fields.has("Transfer-Encoding"));
    const auto key = request.fields.find("Sec-WebSocket-Key");
    TAUTLINE_ASSERT(key);
    const auto nonce = tautline::decode_base64(*key);
    TAUTLINE_ASSERT(nonce && nonce->size() == 16);
    const auto agreement = client_with(*nonce).receive(accepted.response);
    TAUTLINE_ASSERT(agreement);
    TAUTLINE_ASSERT(agreement->subprotocol == accepted.agreement.subprotocol);
    TAUTLINE_ASSERT(agreement->compression == accepted.agreement.compression);
}

void check_refused(const websocket::Refused& refused) {
    constexpr std::array kStatuses{400, 405, 426, 505};
    TAUTLINE_ASSERT(std::ranges::find(kStatuses, refused.response.status) != kStatuses.end());
    TAUTLINE_ASSERT(refused.body.ends_with(".\n"));
    TAUTLINE_ASSERT(refused.response.fields.has_token("Connection", "close"));
    TAUTLINE_ASSERT(http::write_head(refused.response).has_value());
}

void check_server(Bytes bytes) {
    const auto progress = http::RequestReader().receive(bytes);
    if (!progress || !progress->head) return;
    const http::RequestHead& request = *progress->head;
    const websocket::ServerPolicy policy{.subprotocols = {"superchat", "chat"},
                                         .compression = tautline::deflate::Options{}};
    const auto accepted = websocket::accept(request, policy);
    if (accepted) check_accepted(request, *accepted);
    if (!accepted) check_refused(accepted.error());
    // No page is of both.
    TAUTLINE_ASSERT(!request.fields.has("Origin") || !websocket::is_same_origin(request, true) ||
                    !websocket::is_same_origin(request, false));
}

// Every answer is agreed to or gives an error of the handshake, in words.
void check_client(Bytes bytes) {
    const auto progress = http::ResponseReader().receive(bytes);
    if (!progress || !progress->head) return;
    const http::ResponseHead& response = *progress->head;
    const auto agreement = client_with(tautline::as_bytes("the sample nonce")).receive(response);
    TAUTLINE_ASSERT(!agreement || response.status == 101);
    if (agreement) return;
    const tautline::Error& error = agreement.error();
    TAUTLINE_ASSERT(error.code.category() == tautline::handshake_category());
    TAUTLINE_ASSERT(error.phase == tautline::Phase::handshake && !error.message.empty());
    const bool rejected = error.code == tautline::HandshakeError::rejected;
    TAUTLINE_ASSERT(rejected == (response.status != 101));
    TAUTLINE_ASSERT(rejected == (error.refusal != nullptr));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes bytes(reinterpret_cast<const std::byte*>(data), size);

    check_server(bytes);
    check_client(bytes);
    return 0;
}
