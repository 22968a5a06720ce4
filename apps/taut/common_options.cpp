// SPDX-License-Identifier: MIT
#include <expected>
#include <string>
#include <string_view>

#include "option_parsers.hpp"
#include "values.hpp"

namespace tautline::taut {

namespace {

constexpr const char* kProtocol = "Protocol";

std::expected<Compression, std::string> parse_compression(std::string_view text) {
    if (text == "off") return Compression::off;
    if (text == "on") return Compression::on;
    if (text == "no-takeover") return Compression::no_takeover;
    return std::unexpected("takes off, on or no-takeover");
}

void add_compression(CLI::App& app, CommonArguments& arguments) {
    add_parsed(
        app, "--compress", parse_compression,
        [&arguments](Compression compression) {
            arguments.compression = compression;
            arguments.compression_asked = true;
        },
        "permessage-deflate: off, on (when nothing follows) or no-takeover")
        ->type_name("HOW")
        ->group(kProtocol);
    app.add_flag_callback(
           "--no-context-takeover",
           [&arguments] {
               arguments.compression = Compression::no_takeover;
               arguments.compression_asked = true;
           },
           "Compress each message on its own: the same as --compress no-takeover")
        ->group(kProtocol);
    add_parsed(
        app, "--window-bits", parse_window_bits,
        [&arguments](auto bits) { arguments.window_bits = bits; },
        "Largest windows for compression: CLIENT,SERVER, or one number for both; 9 to 15 (15,15)")
        ->type_name("C,S")
        ->group(kProtocol);
}

void add_keepalive(CLI::App& app, CommonArguments& arguments) {
    add_parsed(
        app, "--ping-interval", parse_some_time,
        [&arguments](Duration value) { arguments.ping_interval = value; },
        "Silence before a Ping asks whether the peer lives (20s)")
        ->type_name("TIME")
        ->group(kProtocol);
    add_parsed(
        app, "--pong-timeout", parse_some_time,
        [&arguments](Duration value) { arguments.pong_timeout = value; },
        "How long the peer may stay silent after it (20s)")
        ->type_name("TIME")
        ->group(kProtocol);
    app.add_flag_callback(
           "--no-ping", [&arguments] { arguments.ping_interval.reset(); },
           "Never ask whether the peer lives")
        ->group(kProtocol);
}

void check_engine(CommonArguments& arguments, const std::string& name) {
#ifdef TAUTLINE_WITH_WSLAY
    if (name == "wslay") {
        arguments.engine = name;
        return;
    }
#endif
    if (name != "native") {
        throw CLI::ValidationError("--engine", "there is no engine \"" + name + "\" in this build");
    }
    arguments.engine = name;
}

}  // namespace

std::string with_units(std::string_view footer) {
    std::string text =
        "\nTIME is 500ms, 20s, 5m or 1h, and a number alone is seconds; BYTES is 1000, 64k, 32M or "
        "1G.\n";
    return text.append(footer);
}

void add_common_options(CLI::App& app, CommonArguments& arguments) {
    add_parsed(
        app, "--max-message", parse_size,
        [&arguments](std::uint64_t value) { arguments.max_message_bytes = value; },
        "Largest message to receive, after inflation (1M)")
        ->type_name("BYTES")
        ->group(kProtocol);
    add_parsed(
        app, "--message-timeout", parse_limit,
        [&arguments](std::optional<Duration> value) { arguments.message_timeout = value; },
        "Longest time for a message to arrive, from its first byte on; off: as long as it takes\n"
        "(60s)")
        ->type_name("TIME|off")
        ->group(kProtocol);
    add_compression(app, arguments);
    add_keepalive(app, arguments);
    app.add_option_function<std::string>(
           "--engine", [&arguments](const std::string& name) { check_engine(arguments, name); },
           "Implementation of the message protocol: native, or wslay, which cannot compress")
        ->type_name("NAME")
        ->group(kProtocol);
}

}  // namespace tautline::taut
