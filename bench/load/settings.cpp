// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string_view>

#include "bench/load/settings.hpp"

namespace bench {

namespace {

[[noreturn]] void refuse(std::string_view what) {
    std::fprintf(stderr, "load: cannot use %.*s; bench/load/settings.cpp lists the options\n",
                 static_cast<int>(what.size()), what.data());
    std::exit(2);
}

Mode mode_for(std::string_view name) {
    if (name == "echo") return Mode::echo;
    if (name == "idle") return Mode::idle;
    if (name == "churn") return Mode::churn;
    refuse(name);
}

Compression compression_for(std::string_view name) {
    if (name == "takeover") return Compression::takeover;
    if (name == "fresh") return Compression::fresh;
    refuse(name);
}

}  // namespace

Settings read_settings(int count, char** values) {
    Settings settings;
    const std::map<std::string_view, std::function<void()>> flags = {
        {"--tls", [&] { settings.tls = true; }},
        {"--raw", [&] { settings.raw = true; }},
        {"--text", [&] { settings.text = true; }},
        {"--touch", [&] { settings.touch = true; }}};
    const auto number = [](auto& to) {
        return [&to](const char* value) {
            to = static_cast<std::remove_reference_t<decltype(to)>>(std::atof(value));
        };
    };
    const std::map<std::string_view, std::function<void(const char*)>> options = {
        {"--mode", [&](const char* value) { settings.mode = mode_for(value); }},
        {"--deflate", [&](const char* value) { settings.compression = compression_for(value); }},
        {"--port", number(settings.port)},
        {"--pid", number(settings.server_pid)},
        {"--connections", number(settings.connections)},
        {"--in-flight", number(settings.in_flight)},
        {"--size", number(settings.message_bytes)},
        {"--fragments", number(settings.fragments)},
        {"--warm-up", number(settings.warm_up)},
        {"--seconds", number(settings.seconds)},
        {"--rate", number(settings.rate)}};
    for (int i = 1; i < count; ++i) {
        if (const auto flag = flags.find(values[i]); flag != flags.end()) {
            flag->second();
        } else if (const auto option = options.find(values[i]);
                   option != options.end() && i + 1 < count) {
            option->second(values[++i]);
        } else {
            refuse(values[i]);
        }
    }
    if (settings.port == 0 || settings.server_pid == 0) refuse("this without --port and --pid");
    return settings;
}

}  // namespace bench
