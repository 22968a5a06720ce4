// SPDX-License-Identifier: MIT
#include <tautline/proto/http/extension_list.hpp>

#include <utility>

#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

std::optional<std::string> read_value(TokenReader& reader) {
    if (const auto token = reader.take_token()) return std::string(*token);
    const auto quoted = reader.take_quoted();
    if (!quoted) return std::nullopt;
    // RFC 6455 section 9.1: quoted or not, a value is a token.
    std::string value = remove_escapes(*quoted);
    if (!is_token(value)) return std::nullopt;
    return value;
}

std::optional<ExtensionParameter> read_parameter(TokenReader& reader) {
    reader.skip_blanks();
    const auto name = reader.take_token();
    if (!name) return std::nullopt;
    ExtensionParameter parameter{.name = std::string(*name), .value = std::nullopt};
    // RFC 6455 section 4.3: blanks may stand between any two parts, around the '=' too.
    reader.skip_blanks();
    if (!reader.take('=')) return parameter;
    reader.skip_blanks();
    parameter.value = read_value(reader);
    if (!parameter.value) return std::nullopt;
    reader.skip_blanks();
    return parameter;
}

std::optional<Extension> read_extension(std::string_view element) {
    TokenReader reader(element);
    const auto name = reader.take_token();
    if (!name) return std::nullopt;
    Extension extension{.name = std::string(*name), .parameters = {}};
    reader.skip_blanks();
    while (!reader.at_end()) {
        if (!reader.take(';')) return std::nullopt;
        auto parameter = read_parameter(reader);
        if (!parameter) return std::nullopt;
        extension.parameters.push_back(*std::move(parameter));
    }
    return extension;
}

}  // namespace

std::optional<std::vector<Extension>> read_extension_list(std::string_view field) {
    std::vector<Extension> extensions;
    for (const std::string_view element : split_list(field)) {
        auto extension = read_extension(element);
        if (!extension) return std::nullopt;
        extensions.push_back(*std::move(extension));
    }
    // RFC 6455 section 9.1: a field that is there names at least one extension.
    if (extensions.empty()) return std::nullopt;
    return extensions;
}

}  // namespace tautline::http
