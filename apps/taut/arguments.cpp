// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "arguments.hpp"

#ifdef TAUTLINE_WITH_WSLAY
#include <tautline/proto/wslay/engine.hpp>
#endif

#include "escape.hpp"
#include "option_parsers.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kExamples =
    "\nExamples:\n"
    "  taut serve --port 9001                       an echo server with a page to try it\n"
    "  taut connect ws://127.0.0.1:9001/            talk to it, line by line\n"
    "  taut wss://example.org/feed -m hello -n 1    send, print one answer, exit\n"
    "  taut probe wss://example.org/feed            draw the way to the server\n"
    "  taut connect --help                          every option, and the exit codes\n";

constexpr std::array<std::string_view, 3> kCompressions = {"off", "on", "no-takeover"};

// Only these words may come first; everything else is for `connect`.
bool begins_verb(std::string_view word) {
    static constexpr std::array<std::string_view, 6> kWords = {"connect", "probe",  "serve",
                                                               "-h",      "--help", "--version"};
    return std::ranges::find(kWords, word) != kWords.end();
}

// `taut URL` is `taut connect URL`; "localhost:9001" and "example.org" are URLs too.
void add_verb(std::vector<std::string>& words) {
    if (words.empty() || begins_verb(words.front())) return;
    if (words.front().starts_with('-') || words.front().find_first_of(":.") != std::string::npos) {
        words.insert(words.begin(), "connect");
        return;
    }
    throw CLI::ValidationError(fmt::format(
        "there is no \"{}\": connect, probe and serve, or a URL, which begins with ws:// or wss://",
        words.front()));
}

// `--compress` may stand alone; CLI11 would take the word after it, which may be the URL. Returns
// that word, if there is one that can be neither a URL nor an option.
std::string complete_compress(std::vector<std::string>& words) {
    std::string odd;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i] != "--compress") continue;
        const std::string next = i + 1 < words.size() ? words[i + 1] : "";
        if (std::ranges::find(kCompressions, next) != kCompressions.end()) continue;
        words[i] += "=on";
        if (!next.starts_with('-') && next.find_first_of(":./") == std::string::npos) odd = next;
    }
    return odd;
}

// That an option is unknown says more than what is missing beside it.
void refuse_unknown_options(const CLI::App& app) {
    auto unknown = app.remaining(true);
    std::erase_if(unknown, [](const std::string& word) { return !word.starts_with('-'); });
    if (!unknown.empty()) throw CLI::ExtrasError(std::move(unknown));
}

// Reads all words into the arguments of the verbs.
void parse(CLI::App& app, std::vector<std::string> words) {
    add_verb(words);
    const auto odd = complete_compress(words);
    std::ranges::reverse(words);  // CLI11 takes them from the back.
    try {
        app.parse(words);
    } catch (const CLI::RequiredError&) {
        refuse_unknown_options(app);
        throw;
    } catch (const CLI::ExtrasError&) {
        if (odd.empty()) throw;
        refuse_unknown_options(app);
        throw CLI::ValidationError("--compress",
                                   fmt::format("takes off, on or no-takeover, not {}", odd));
    }
}

// Only a number can fail to convert here, and CLI11 does not say which numbers are allowed.
std::string words_of(const CLI::Error& error) {
    constexpr std::string_view kUnconverted = "Could not convert: ";
    std::string text = error.what();
    if (!text.starts_with(kUnconverted)) return text;
    return text.substr(kUnconverted.size()) + " is not a number, or not one that fits";
}

Advice advice_for(const CLI::App& app, const CLI::Error& error) {
    std::ostringstream out;
    std::ostringstream problems;
    const int code = app.exit(error, out, problems);
    if (code == 0) return {ExitCode::ok, out.str()};
    // Words of the command line may come from anywhere, and the terminal shows them.
    const auto text = escape_for_terminal(words_of(error), LineFeeds::kept);
    return {ExitCode::usage, fmt::format("taut: {}\nTry taut --help, or taut VERB --help.", text)};
}

}  // namespace

std::expected<Arguments, Advice> parse_arguments(std::vector<std::string> words) {
    CLI::App app("WebSockets at the command line: a client and a server.", "taut");
    app.footer(kExamples);
    app.set_version_flag("--version", "taut " TAUT_VERSION, "Show the version");
    app.require_subcommand(1);
    ConnectArguments connect;
    ProbeArguments probe;
    ServeArguments serve;
    auto* connecting = app.add_subcommand("connect", "Open a WebSocket and talk over it");
    auto* probing = app.add_subcommand("probe", "Draw what happens on the way to a WebSocket");
    auto* serving = app.add_subcommand("serve", "Serve WebSockets, and a page to try them");
    add_connect_options(*connecting, connect);
    add_probe_options(*probing, probe);
    add_serve_options(*serving, serve);
    try {
        parse(app, std::move(words));
        if (connecting->parsed()) {
            finish_connect_options(*connecting, connect);
            return connect;
        }
        if (probing->parsed()) {
            finish_connect_options(*probing, probe.connect);
            return probe;
        }
        finish_serve_options(*serving, serve);
        return serve;
    } catch (const CLI::Error& error) {
        return std::unexpected(advice_for(app, error));
    }
}

ConnectionOptions connection_options(const CommonArguments& arguments) {
    ConnectionOptions options{.max_message_bytes = arguments.max_message_bytes,
                              .message_timeout = arguments.message_timeout,
                              .ping_interval = arguments.ping_interval,
                              .pong_timeout = arguments.pong_timeout,
                              .overflow = OverflowPolicy::refuse};
    if (arguments.compression == Compression::off) return options;
    auto& compression = options.compression.emplace();
    const bool no_takeover = arguments.compression == Compression::no_takeover;
    compression.client_no_context_takeover = no_takeover;
    compression.server_no_context_takeover = no_takeover;
    if (arguments.window_bits) {
        compression.client_max_window_bits = arguments.window_bits->first;
        compression.server_max_window_bits = arguments.window_bits->second;
    }
    return options;
}

const websocket::EngineKind& engine_for(const CommonArguments& arguments) {
#ifdef TAUTLINE_WITH_WSLAY
    if (arguments.engine == "wslay") return websocket::wslay_engine();
#endif
    (void)arguments;
    return websocket::native_engine();
}

std::string note_on(const CommonArguments& arguments) {
    const bool asked = arguments.compression_asked && arguments.compression != Compression::off;
    if (!asked || engine_for(arguments).compression) return {};
    return "taut: note: the engine " + arguments.engine + " cannot compress: nothing is compressed";
}

std::string warning_on(const ClientOptions& options) {
    if (!options.tls.unsafe_skip_verification || !options.tls.pinned_keys.empty()) return {};
    return "taut: warning: --insecure: no certificate is verified; whoever is in between can read "
           "and change all";
}

}  // namespace tautline::taut
