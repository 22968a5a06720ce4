// SPDX-License-Identifier: MIT
// libwebsockets as an echo server: one callback; answers queue up until the socket may be written.
#include <libwebsockets.h>

#include <deque>
#include <string>

#include "bench/support/server_arguments.hpp"

namespace {

struct Message {
    std::string bytes = std::string(LWS_PRE, '\0');  // room in front for the frame header
    bool binary = false;
};

struct Session {
    Message incoming;
    std::deque<Message> outgoing;
};

void receive(lws* wsi, Session& session, const char* bytes, std::size_t size) {
    session.incoming.bytes.append(bytes, size);
    if (!lws_is_final_fragment(wsi) || lws_remaining_packet_payload(wsi) != 0) return;
    session.incoming.binary = lws_frame_is_binary(wsi) != 0;
    session.outgoing.push_back(std::move(session.incoming));
    session.incoming = Message();
    lws_callback_on_writable(wsi);
}

int write(lws* wsi, Session& session) {
    while (!session.outgoing.empty()) {
        Message& message = session.outgoing.front();
        auto* const payload = reinterpret_cast<unsigned char*>(message.bytes.data()) + LWS_PRE;
        const auto type = message.binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT;
        if (lws_write(wsi, payload, message.bytes.size() - LWS_PRE, type) < 0) return -1;
        session.outgoing.pop_front();
        if (lws_send_pipe_choked(wsi) != 0) break;
    }
    if (!session.outgoing.empty()) lws_callback_on_writable(wsi);
    return 0;
}

int serve(lws* wsi, lws_callback_reasons reason, void* user, void* in, std::size_t size) {
    auto* const slot = static_cast<Session**>(user);
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED: *slot = new Session; return 0;
        case LWS_CALLBACK_RECEIVE:
            receive(wsi, **slot, static_cast<const char*>(in), size);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE: return write(wsi, **slot);
        case LWS_CALLBACK_CLOSED: delete *slot; return 0;
        default: return lws_callback_http_dummy(wsi, reason, user, in, size);
    }
}

constexpr std::size_t kBufferBytes = 64 * 1024;

const lws_protocols kProtocols[] = {{.name = "echo",
                                     .callback = serve,
                                     .per_session_data_size = sizeof(Session*),
                                     .rx_buffer_size = kBufferBytes,
                                     .id = 0,
                                     .user = nullptr,
                                     .tx_packet_size = 0},
                                    {}};

const lws_extension kExtensions[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate"}, {}};

}  // namespace

int main(int argc, char** argv) {
    const bench::ServerArguments arguments = bench::server_arguments(argc, argv);
    lws_set_log_level(LLL_ERR, nullptr);
    lws_context_creation_info info{};
    info.port = 0;
    info.iface = "127.0.0.1";
    info.protocols = kProtocols;
    info.pt_serv_buf_size = kBufferBytes;
    info.options = LWS_SERVER_OPTION_DISABLE_IPV6 |
                   LWS_SERVER_OPTION_HTTP_HEADERS_SECURITY_BEST_PRACTICES_ENFORCE;
    if (arguments.deflate) info.extensions = kExtensions;
    if (arguments.tls()) {
        info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
        info.ssl_cert_filepath = arguments.certificate.c_str();
        info.ssl_private_key_filepath = arguments.key.c_str();
    }
    lws_context* const context = lws_create_context(&info);
    if (context == nullptr) return 1;
    lws_vhost* const host = lws_get_vhost_by_name(context, "default");
    bench::announce(static_cast<std::uint16_t>(lws_get_vhost_listen_port(host)));
    while (lws_service(context, 0) >= 0) {
    }
}
