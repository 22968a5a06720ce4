// SPDX-License-Identifier: MIT
// libwebsockets as a peer, in the style that it wants: one callback, one message in the air.
//
//     lws_peer server PORTFILE CERT KEY DEFLATE     echoes; writes its port to PORTFILE
//     lws_peer client PORT CA DEFLATE SIZE...       sends SIZE bytes, checks the echo, then the next
//
// CERT, KEY and CA are "-" for plain TCP; DEFLATE is 0 or 1.
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int stop = 0;
static int result = 1;

// One message, with the room in front that libwebsockets writes its header into.
struct message {
    unsigned char* data;
    size_t size;
    size_t capacity;
    size_t sent;
    int binary;
    int complete;
};

static void message_append(struct message* message, const void* bytes, size_t size) {
    if (LWS_PRE + message->size + size > message->capacity) {
        message->capacity = (LWS_PRE + message->size + size) * 2;
        message->data = realloc(message->data, message->capacity);
        if (!message->data) abort();
    }
    memcpy(message->data + LWS_PRE + message->size, bytes, size);
    message->size += size;
}

// Writes at most 32 KiB and asks for the next turn: libwebsockets sends one piece a turn.
static int message_write(struct message* message, struct lws* wsi) {
    const size_t piece_max = 32768;
    const size_t left = message->size - message->sent;
    const size_t piece = left < piece_max ? left : piece_max;
    const int flags = lws_write_ws_flags(message->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                                         message->sent == 0, piece == left);
    if (!message->data) message_append(message, "", 0);
    if (lws_write(wsi, message->data + LWS_PRE + message->sent, piece, (enum lws_write_protocol)flags) < 0) {
        return -1;
    }
    message->sent += piece;
    if (message->sent < message->size) lws_callback_on_writable(wsi);
    return 0;
}

static void message_receive(struct message* message, struct lws* wsi, const void* in, size_t length) {
    if (lws_is_first_fragment(wsi)) message->size = 0;
    message_append(message, in, length);
    message->binary = lws_frame_is_binary(wsi);
    message->complete = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
}

static int serve(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in, size_t length) {
    struct message* message = user;
    switch (reason) {
        case LWS_CALLBACK_RECEIVE:
            message_receive(message, wsi, in, length);
            if (!message->complete) return 0;
            message->sent = 0;
            lws_callback_on_writable(wsi);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE:
            return message->complete ? message_write(message, wsi) : 0;
        case LWS_CALLBACK_CLOSED:
            free(message->data);
            return 0;
        default: return 0;
    }
}

static struct message sent;
static struct message received;
static char** sizes;
static int writing = 1;

static void fill_next(void) {
    const size_t size = strtoul(*sizes, NULL, 10);
    unsigned char byte;
    sent.size = sent.sent = 0;
    sent.binary = 1;
    for (size_t i = 0; i < size; ++i) {
        byte = (unsigned char)(i * 13 + i / 255);
        message_append(&sent, &byte, 1);
    }
    writing = 1;
}

static int check_echo(struct lws* wsi) {
    const int same = received.size == sent.size &&
                     (sent.size == 0 || memcmp(received.data + LWS_PRE, sent.data + LWS_PRE, sent.size) == 0);
    if (!same) {
        fprintf(stderr, "sent %zu bytes, got %zu back, or others\n", sent.size, received.size);
        return -1;
    }
    received.size = 0;
    if (*++sizes) {
        fill_next();
        lws_callback_on_writable(wsi);
        return 0;
    }
    result = 0;
    lws_close_reason(wsi, LWS_CLOSE_STATUS_NORMAL, NULL, 0);
    return -1;
}

static int talk(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in, size_t length) {
    (void)user;
    switch (reason) {
        case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
            fprintf(stderr, "no connection: %s\n", in ? (const char*)in : "?");
            stop = 1;
            return -1;
        case LWS_CALLBACK_CLIENT_ESTABLISHED:
            fill_next();
            lws_callback_on_writable(wsi);
            return 0;
        case LWS_CALLBACK_CLIENT_WRITEABLE:
            if (!writing) return 0;
            if (message_write(&sent, wsi) < 0) return -1;
            writing = sent.sent < sent.size;
            return 0;
        case LWS_CALLBACK_CLIENT_RECEIVE:
            message_receive(&received, wsi, in, length);
            return received.complete ? check_echo(wsi) : 0;
        case LWS_CALLBACK_CLIENT_CLOSED: stop = 1; return 0;
        default: return 0;
    }
}

static const struct lws_extension deflate[] = {
    {"permessage-deflate", lws_extension_callback_pm_deflate,
     "permessage-deflate; client_no_context_takeover; client_max_window_bits"},
    {NULL, NULL, NULL}};

static struct lws_protocols protocols[] = {{"tautline-interop", NULL, sizeof(struct message), 65536, 0, NULL, 0},
                                           {NULL, NULL, 0, 0, 0, NULL, 0}};

static const char* path_or_null(const char* path) { return strcmp(path, "-") == 0 ? NULL : path; }

static void on_signal(int number) {
    (void)number;
    stop = 1;
}

static struct lws_context* start_server(char** arguments) {
    struct lws_context_creation_info info = {0};
    info.protocols = protocols;
    info.iface = "127.0.0.1";
    info.extensions = atoi(arguments[3]) ? deflate : NULL;
    info.ssl_cert_filepath = path_or_null(arguments[1]);
    info.ssl_private_key_filepath = path_or_null(arguments[2]);
    if (info.ssl_cert_filepath) info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.options |= LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
    struct lws_context* context = lws_create_context(&info);
    if (!context) return NULL;
    struct lws_vhost* vhost = lws_create_vhost(context, &info);
    FILE* file = vhost ? fopen(arguments[0], "w") : NULL;
    if (!file) return NULL;
    fprintf(file, "%d\n", lws_get_vhost_listen_port(vhost));
    fclose(file);
    return context;
}

static struct lws_context* start_client(char** arguments) {
    struct lws_context_creation_info info = {0};
    struct lws_client_connect_info connect = {0};
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.extensions = atoi(arguments[2]) ? deflate : NULL;
    info.client_ssl_ca_filepath = path_or_null(arguments[1]);
    if (info.client_ssl_ca_filepath) info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    sizes = arguments + 3;
    struct lws_context* context = lws_create_context(&info);
    if (!context) return NULL;
    connect.context = context;
    connect.address = "127.0.0.1";
    connect.host = "localhost";
    connect.port = atoi(arguments[0]);
    connect.path = "/";
    connect.ssl_connection = info.client_ssl_ca_filepath ? LCCSCF_USE_SSL : 0;
    connect.local_protocol_name = protocols[0].name;
    return lws_client_connect_via_info(&connect) ? context : NULL;
}

int main(int count, char** arguments) {
    if (count < 6) return 2;
    const int server = strcmp(arguments[1], "server") == 0;
    protocols[0].callback = server ? serve : talk;
    lws_set_log_level(LLL_ERR, NULL);
    signal(SIGTERM, on_signal);
    struct lws_context* context = server ? start_server(arguments + 2) : start_client(arguments + 2);
    if (!context) return 3;
    while (!stop && lws_service(context, 0) >= 0) continue;
    lws_context_destroy(context);
    return server ? 0 : result;
}
