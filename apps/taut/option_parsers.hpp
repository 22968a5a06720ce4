// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include <tautline/base/parse_number.hpp>

#include "arguments.hpp"
#include "values.hpp"

namespace tautline::taut {

// The command lines of the verbs, each beside the others, on CLI11. What a parser refuses is thrown
// as CLI11 wants it, and caught in `parse_arguments`.

void add_connect_options(CLI::App& app, ConnectArguments& arguments);
void add_probe_options(CLI::App& app, ProbeArguments& arguments);
void add_serve_options(CLI::App& app, ServeArguments& arguments);
void add_common_options(CLI::App& app, CommonArguments& arguments);
/// The last part of the help of a verb, behind what TIME and BYTES are.
[[nodiscard]] std::string with_units(std::string_view footer);
/// The URL, the handshake and TLS.
void add_handshake_options(CLI::App& app, ConnectArguments& arguments);
/// The way to the server: HTTP and IP versions, proxies, redirects, name servers.
void add_network_options(CLI::App& app, ConnectArguments& arguments);

/// Checks which options need or exclude each other, once all are read.
void finish_connect_options(const CLI::App& app, ConnectArguments& arguments);
void finish_serve_options(const CLI::App& app, ServeArguments& arguments);

/// A number from 1. CLI11's own check names the largest double as the limit, and without one it
/// takes -1 for the largest number.
inline const CLI::Validator kAtLeastOne(
    [](std::string& text) {
        const auto number = parse_number<std::uint64_t>(text);
        return number && *number > 0 ? std::string()
                                     : std::string("write a number from 1, of 64 bits at most");
    },
    "");

/// Adds an option whose value is read by `parse` and handed to `store`.
template <typename Parse, typename Store>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Parse parse, Store store,
                        const std::string& description) {
    return app.add_option_function<std::string>(
        name,
        [name, parse, store](const std::string& text) {
            auto value = parse(text);
            if (!value) throw CLI::ValidationError(name, value.error());
            store(std::move(*value));
        },
        description);
}

/// Adds an option that may be repeated, always with exactly one value each time.
template <typename Store>
CLI::Option* add_each(CLI::App& app, const std::string& name, Store store,
                      const std::string& description) {
    return app.add_option_function<std::string>(name, store, description)->trigger_on_parse();
}

}  // namespace tautline::taut
