// SPDX-License-Identifier: MIT
// libwebsockets as a peer, in the style that it wants: one callback, one message in the air.
//
//     lws_peer server ALPN PIECE PORTFILE CERT KEY DEFLATE
//         echoes; writes its port to PORTFILE; a text "close CODE REASON" is answered with that Close
//     lws_peer client ALPN PIECE PORT CA DEFLATE PATH CODE SIZE...
//         sends SIZE bytes, checks the echo, then the next; closes with CODE, or waits if it is 0
//
// ALPN is http/1.1 or h2; CERT, KEY and CA are "-" for plain TCP; DEFLATE is 0 or 1; messages over PIECE
// bytes are sent as fragments of that size. Both say on standard output which Close the other side began with.
//
// With PINGS in the environment a Ping goes out between any two fragments of a message, and both say
// "pings N pongs N": the client when it has all echoes, the server at a Close.
//
// Two things to know of libwebsockets 4.1: it masks in the buffer that it is given, so every piece
// is sent from a copy; and when compressed output does not fit its buffer, 1 KiB if nothing is said,
// it may stop the program ("want to trim out length 0"), so the buffer is made larger than a piece.
#include <libwebsockets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile int stop = 0;
static int result = 1;

enum { piece_limit = 16384 };
static size_t piece_max = piece_limit;

struct message {
    unsigned char* data;
    size_t size;
    size_t capacity;
    size_t sent;
    int binary;
    int complete;
    int writing;
    int ping_due;
    size_t pings;
    size_t pongs;
};

static void message_append(struct message* message, const void* bytes, size_t size) {
    if (!message->data || message->size + size > message->capacity) {
        message->capacity = (message->size + size + 1) * 2;
        message->data = realloc(message->data, message->capacity);
        if (!message->data) abort();
    }
    if (size > 0) memcpy(message->data + message->size, bytes, size);
    message->size += size;
}

static void message_begin_writing(struct message* message, struct lws* wsi) {
    message->sent = 0;
    message->writing = 1;
    lws_callback_on_writable(wsi);
}

// The Pings are numbered, and so must be their Pongs.
static int ping_write(struct message* message, struct lws* wsi) {
    unsigned char ping[LWS_PRE + 32];
    const int size = sprintf((char*)ping + LWS_PRE, "ping %zu", ++message->pings);
    message->ping_due = 0;
    lws_callback_on_writable(wsi);
    return lws_write(wsi, ping + LWS_PRE, (size_t)size, LWS_WRITE_PING) < size ? -1 : 0;
}

static int pong_receive(struct message* message, const char* in, size_t length) {
    char wanted[32];
    const int size = sprintf(wanted, "ping %zu", message->pongs + 1);
    if (length == (size_t)size && memcmp(in, wanted, length) == 0) ++message->pongs;
    return 0;
}

static void tell_pings(const struct message* message) {
    if (getenv("PINGS")) printf("pings %zu pongs %zu\n", message->pings, message->pongs);
    fflush(stdout);
}

// Writes a piece and asks for the next turn: libwebsockets sends one piece a turn.
static int message_write(struct message* message, struct lws* wsi) {
    static unsigned char copy[LWS_PRE + piece_limit];
    if (message->ping_due) return ping_write(message, wsi);
    const size_t left = message->size - message->sent;
    const size_t piece = left < piece_max ? left : piece_max;
    const int flags = lws_write_ws_flags(message->binary ? LWS_WRITE_BINARY : LWS_WRITE_TEXT,
                                         message->sent == 0, piece == left);
    memcpy(copy + LWS_PRE, message->data + message->sent, piece);
    if (lws_write(wsi, copy + LWS_PRE, piece, (enum lws_write_protocol)flags) < 0) return -1;
    message->sent += piece;
    message->writing = message->sent < message->size;
    message->ping_due = message->writing && getenv("PINGS");
    if (message->writing) lws_callback_on_writable(wsi);
    return 0;
}

// Returns whether the message is now whole.
static int message_receive(struct message* message, struct lws* wsi, const void* in, size_t length) {
    if (message->complete) message->size = 0;
    message_append(message, in, length);
    message->binary = lws_frame_is_binary(wsi);
    message->complete = lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
    return message->complete;
}

// "close CODE REASON" asks for that Close. Returns whether it did.
static int close_asked_for(struct message* message, struct lws* wsi) {
    char* reason = NULL;
    unsigned long code;
    message_append(message, "", 1);
    --message->size;
    if (message->binary || strncmp((char*)message->data, "close ", 6) != 0) return 0;
    code = strtoul((char*)message->data + 6, &reason, 10);
    if (*reason == ' ') ++reason;
    lws_close_reason(wsi, (enum lws_close_status)code, (unsigned char*)reason, strlen(reason));
    return 1;
}

static void tell_close(const unsigned char* in, size_t length) {
    if (length >= 2) printf("closed %d %.*s\n", in[0] << 8 | in[1], (int)(length - 2), (const char*)in + 2);
    if (length < 2) printf("closed without a code\n");
    fflush(stdout);
}

static void enlarge_buffers(struct lws* wsi) {
    lws_set_extension_option(wsi, "permessage-deflate", "tx_buf_size", "15");
    lws_set_extension_option(wsi, "permessage-deflate", "rx_buf_size", "15");
}

static int serve(struct lws* wsi, enum lws_callback_reasons reason, void* user, void* in, size_t length) {
    struct message* message = user;
    switch (reason) {
        case LWS_CALLBACK_ESTABLISHED: enlarge_buffers(wsi); return 0;
        case LWS_CALLBACK_RECEIVE:
            if (!message_receive(message, wsi, in, length)) return 0;
            if (close_asked_for(message, wsi)) return -1;
            message_begin_writing(message, wsi);
            return 0;
        case LWS_CALLBACK_SERVER_WRITEABLE: return message->writing ? message_write(message, wsi) : 0;
        case LWS_CALLBACK_RECEIVE_PONG: return pong_receive(message, in, length);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
            tell_pings(message);
            tell_close(in, length);
            return 0;
        case LWS_CALLBACK_CLOSED: free(message->data); return 0;
        default: return 0;
    }
}

static struct message sent;
static struct message received;
static char** sizes;
static int close_code;
static unsigned char close_reason[] = "bye é";

static void send_next(struct lws* wsi) {
    const size_t size = strtoul(*sizes, NULL, 10);
    size_t i;
    sent.size = 0;
    sent.binary = 1;
    message_append(&sent, "", 0);
    for (i = 0; i < size; ++i) {
        const unsigned char byte = (unsigned char)(i * 13 + i / 255);
        message_append(&sent, &byte, 1);
    }
    message_begin_writing(&sent, wsi);
}

static int check_echo(struct lws* wsi) {
    const int same = received.binary && received.size == sent.size &&
                     memcmp(received.data, sent.data, sent.size) == 0;
    if (!same) {
        fprintf(stderr, "sent %zu bytes, got %zu back, or others\n", sent.size, received.size);
        return -1;
    }
    if (*++sizes) {
        send_next(wsi);
        return 0;
    }
    result = 0;
    tell_pings(&sent);
    if (close_code == 0) {
        printf("waiting\n");
        fflush(stdout);
        return 0;
    }
    lws_close_reason(wsi, (enum lws_close_status)close_code, close_reason, sizeof close_reason - 1);
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
            enlarge_buffers(wsi);
            if (*sizes) send_next(wsi);
            return 0;
        case LWS_CALLBACK_CLIENT_WRITEABLE: return sent.writing ? message_write(&sent, wsi) : 0;
        case LWS_CALLBACK_CLIENT_RECEIVE:
            return message_receive(&received, wsi, in, length) ? check_echo(wsi) : 0;
        case LWS_CALLBACK_CLIENT_RECEIVE_PONG: return pong_receive(&sent, in, length);
        case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: tell_close(in, length); return 0;
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

static struct lws_context* start_server(const char* alpn, char** arguments) {
    struct lws_context_creation_info info = {0};
    info.protocols = protocols;
    info.iface = "127.0.0.1";
    info.alpn = alpn;
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

static struct lws_context* start_client(const char* alpn, char** arguments) {
    struct lws_context_creation_info info = {0};
    struct lws_client_connect_info connect = {0};
    info.port = CONTEXT_PORT_NO_LISTEN;
    info.protocols = protocols;
    info.extensions = atoi(arguments[2]) ? deflate : NULL;
    info.client_ssl_ca_filepath = path_or_null(arguments[1]);
    if (info.client_ssl_ca_filepath) info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    close_code = atoi(arguments[4]);
    sizes = arguments + 5;
    result = *sizes ? 1 : 0;
    struct lws_context* context = lws_create_context(&info);
    if (!context) return NULL;
    connect.context = context;
    connect.address = "127.0.0.1";
    connect.host = "localhost";
    connect.port = atoi(arguments[0]);
    connect.path = arguments[3];
    connect.ssl_connection = info.client_ssl_ca_filepath ? LCCSCF_USE_SSL : 0;
    connect.local_protocol_name = protocols[0].name;
    connect.alpn = alpn;
    return lws_client_connect_via_info(&connect) ? context : NULL;
}

int main(int count, char** arguments) {
    if (count < (strcmp(arguments[1], "client") == 0 ? 9 : 8)) return 2;
    const int server = strcmp(arguments[1], "server") == 0;
    piece_max = strtoul(arguments[3], NULL, 10);
    if (piece_max < 1 || piece_max > piece_limit) return 2;
    protocols[0].callback = server ? serve : talk;
    lws_set_log_level(LLL_ERR, NULL);
    signal(SIGTERM, on_signal);
    struct lws_context* context = (server ? start_server : start_client)(arguments[2], arguments + 4);
    if (!context) return 3;
    while (!stop && lws_service(context, 0) >= 0) continue;
    lws_context_destroy(context);
    return server ? 0 : result;
}
