// SPDX-License-Identifier: MIT
#include <tautline/proto/http/head_writer.hpp>

#include <algorithm>
#include <utility>

#include <tautline/proto/http/token_grammar.hpp>

namespace tautline::http {

namespace {

bool is_reason(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_visible(c) || c == ' ' || c == '\t'; });
}

std::expected<void, HeadWriteError> write_fields(const FieldList& fields, std::string& out) {
    for (const auto& [name, value] : fields) {
        if (!is_field_name(name)) return std::unexpected(HeadWriteError{"a header name"});
        if (!is_field_value(value)) {
            return std::unexpected(HeadWriteError{"the value of header " + name});
        }
        out.append(name).append(": ").append(value).append("\r\n");
    }
    out += "\r\n";
    return {};
}

std::string version_text(int minor) { return minor == 0 ? "HTTP/1.0" : "HTTP/1.1"; }

}  // namespace

std::expected<std::string, HeadWriteError> write_head(const RequestHead& head) {
    if (!is_token(head.method)) return std::unexpected(HeadWriteError{"the method"});
    if (!is_request_target(head.target))
        return std::unexpected(HeadWriteError{"the request target"});
    std::string out =
        head.method + " " + head.target + " " + version_text(head.version_minor) + "\r\n";
    if (auto written = write_fields(head.fields, out); !written) {
        return std::unexpected(std::move(written.error()));
    }
    return out;
}

std::expected<std::string, HeadWriteError> write_head(const ResponseHead& head) {
    // RFC 9110 section 15: there is no status outside of this range.
    if (head.status < 100 || head.status > 599) {
        return std::unexpected(HeadWriteError{"the status"});
    }
    if (!is_reason(head.reason)) return std::unexpected(HeadWriteError{"the reason phrase"});
    const std::string_view phrase =
        head.reason.empty() ? reason_phrase_for(head.status) : std::string_view(head.reason);
    std::string out = version_text(head.version_minor) + " " + std::to_string(head.status) + " ";
    out.append(phrase).append("\r\n");
    if (auto written = write_fields(head.fields, out); !written) {
        return std::unexpected(std::move(written.error()));
    }
    return out;
}

}  // namespace tautline::http
