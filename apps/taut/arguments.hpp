// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/proto/websocket/close_code.hpp>
#include <tautline/proto/websocket/engine.hpp>
#include <tautline/server/server_options.hpp>

#include "exit_code.hpp"

namespace tautline::taut {

/// Whether and how messages are compressed.
enum class Compression : std::uint8_t { off, on, no_takeover };

/// What all verbs take.
struct CommonArguments {
    std::uint64_t max_message_bytes = 1024 * 1024;
    std::optional<Duration> message_timeout = std::chrono::seconds(60);  ///< None: no limit.
    std::optional<Duration> ping_interval = std::chrono::seconds(20);
    Duration pong_timeout = std::chrono::seconds(20);
    Compression compression = Compression::off;
    bool compression_asked = false;                  ///< By an option; it is not a default.
    std::optional<std::pair<int, int>> window_bits;  ///< Of the client and of the server.
    std::string engine = "native";
};

/// Something that `connect` sends before it reads standard input.
struct Outgoing {
    enum class Kind : std::uint8_t { message, file } kind;
    std::string value;  ///< The message, or the path of the file.
};

/// What happens when standard input ends.
enum class OnEof : std::uint8_t {
    quiet,  ///< Once the server has answered, and then said nothing for a while, close.
    close,  ///< Close after what was sent, and show what comes until the peer's Close.
    wait,   ///< Stay until the peer closes, or for a time.
    half,   ///< As `close`, but the peer may take as long as it likes to finish.
};

struct ConnectArguments {
    std::string url;
    ClientOptions options;  ///< Everything that is handed to the library as it is.
    CommonArguments common;
    std::vector<Outgoing> outgoing;
    bool binary = false;
    bool echo = false;
    bool json = false;
    bool verbose = false;
    bool history = true;
    std::optional<std::uint64_t> message_count;  ///< Exit after so many.
    std::optional<Duration> timeout;
    std::optional<Duration> probe_interval;  ///< `--ping`.
    OnEof on_eof = OnEof::quiet;
    Duration quiet_pause = std::chrono::milliseconds(500);  ///< For `OnEof::quiet`.
    std::optional<Duration> eof_wait;                       ///< For `OnEof::wait`.
    CloseCode close_code = CloseCode::normal;
    std::string close_reason;
};

struct ProbeArguments {
    ConnectArguments connect;  ///< What is said about the way to the server.
    bool json = false;
    std::string svg;  ///< The file to draw into; may be empty.
};

/// What `serve` does with messages.
enum class Service : std::uint8_t { echo, chat };

struct ServeArguments {
    ListenOptions listen;
    ServerOptions server;
    CommonArguments common;
    Service service = Service::echo;
    bool tls_self_signed = false;
    std::vector<std::string> subprotocols;
    std::vector<std::string> allowed_origins;
    std::vector<std::string> allowed_hosts;
    bool any_origin = false;
    bool access_log = false;
    std::optional<std::pair<std::string, std::string>> credentials;
    OverflowPolicy slow_peers = OverflowPolicy::close;
};

using Arguments = std::variant<ConnectArguments, ProbeArguments, ServeArguments>;

/// Nothing to do except to show `text`: help, the version, or what is wrong.
struct Advice {
    ExitCode code = ExitCode::ok;
    std::string text;
};

/// Reads the command line. `words` are without the name of the program.
[[nodiscard]] std::expected<Arguments, Advice> parse_arguments(std::vector<std::string> words);

/// `arguments` as the library's options for one connection.
[[nodiscard]] ConnectionOptions connection_options(const CommonArguments& arguments);
[[nodiscard]] const websocket::EngineKind& engine_for(const CommonArguments& arguments);
/// A line on what was asked for and cannot be had; empty when there is nothing to say.
[[nodiscard]] std::string note_on(const CommonArguments& arguments);
/// A line on the protection that was given away; empty when none was.
[[nodiscard]] std::string warning_on(const ClientOptions& options);

}  // namespace tautline::taut
