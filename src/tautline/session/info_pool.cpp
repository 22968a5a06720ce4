// SPDX-License-Identifier: MIT
#include <tautline/session/info_pool.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ranges>
#include <string_view>

#include <tautline/base/ascii.hpp>
#include <tautline/base/assert.hpp>
#include <tautline/base/parse_number.hpp>

namespace tautline::session {

namespace {

// The text is a row of strings, each behind its length. Numbers are strings of their bytes.
class Packer {
public:
    void put(std::string_view text) {
        const std::size_t size = text.size();
        put_bytes(&size, sizeof(size));
        text_ += text;
    }
    void put(std::size_t number) { put_bytes(&number, sizeof(number)); }
    void put(int number) { put(static_cast<std::size_t>(number)); }
    void put(const http::FieldList& fields) {
        put(static_cast<std::size_t>(std::ranges::count_if(fields, is_kept)));
        for (const auto& [name, value] : fields | std::views::filter(is_kept)) {
            put(name);
            put(value);
        }
    }
    [[nodiscard]] std::string text() && { return std::move(text_); }

private:
    static bool is_kept(const http::FieldList::Field& field) {
        return !equal_ignoring_case(field.first, "Sec-WebSocket-Key") &&
               !equal_ignoring_case(field.first, "Sec-WebSocket-Accept");
    }
    void put_bytes(const void* bytes, std::size_t size) {
        text_.append(static_cast<const char*>(bytes), size);
    }
    std::string text_;
};

class Unpacker {
public:
    explicit Unpacker(std::string_view text) : rest_(text) {}

    [[nodiscard]] std::size_t number() {
        std::size_t number = 0;
        std::memcpy(&number, rest_.data(), sizeof(number));
        rest_.remove_prefix(sizeof(number));
        return number;
    }
    [[nodiscard]] int small_number() { return static_cast<int>(number()); }
    [[nodiscard]] std::string string() {
        const std::size_t size = number();
        std::string string(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return string;
    }
    [[nodiscard]] http::FieldList fields() {
        http::FieldList fields;
        for (std::size_t left = number(); left > 0; --left) {
            auto name = string();
            auto value = string();
            fields.add(std::move(name), std::move(value));
        }
        return fields;
    }

private:
    std::string_view rest_;
};

std::optional<IpEndpoint> endpoint_of(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto address = IpAddress::parse(without_brackets(text.substr(0, colon)));
    const auto port = parse_number<std::uint16_t>(text.substr(colon + 1));
    if (!address || !port) return std::nullopt;
    const IpEndpoint endpoint{*address, *port};
    if (endpoint.to_string() != text) return std::nullopt;  // it would come back in another form
    return endpoint;
}

void put(Packer& out, const transport::StreamInfo& stream, bool with_peer) {
    out.put(stream.local_address);
    out.put(with_peer ? std::string_view(stream.peer_address) : std::string_view());
    out.put(stream.secure ? 1 : 0);
    out.put(stream.tls_version);
    out.put(stream.tls_cipher);
    out.put(stream.alpn);
    out.put(stream.peer_subject);
}

transport::StreamInfo unpack_stream(Unpacker& in) {
    return {.local_address = in.string(),
            .peer_address = in.string(),
            .secure = in.number() == 1,
            .tls_version = in.string(),
            .tls_cipher = in.string(),
            .alpn = in.string(),
            .peer_subject = in.string()};
}

void put(Packer& out, const std::optional<deflate::Parameters>& compression) {
    out.put(compression ? 1 : 0);
    if (!compression) return;
    out.put(compression->server_no_context_takeover ? 1 : 0);
    out.put(compression->client_no_context_takeover ? 1 : 0);
    out.put(compression->server_max_window_bits);
    out.put(compression->client_max_window_bits);
}

std::optional<deflate::Parameters> unpack_compression(Unpacker& in) {
    if (in.number() == 0) return std::nullopt;
    return deflate::Parameters{.server_no_context_takeover = in.number() == 1,
                               .client_no_context_takeover = in.number() == 1,
                               .server_max_window_bits = in.small_number(),
                               .client_max_window_bits = in.small_number()};
}

void put(Packer& out, const http::RequestHead& request) {
    out.put(request.method);
    out.put(request.target);
    out.put(request.version_minor);
    out.put(request.fields);
    out.put(request.version_major);
}

http::RequestHead unpack_request(Unpacker& in) {
    return {.method = in.string(),
            .target = in.string(),
            .version_minor = in.small_number(),
            .fields = in.fields(),
            .version_major = in.small_number()};
}

}  // namespace

InfoPool::Ticket InfoPool::pack(const OpenInfo& info) {
    Ticket ticket{.peer = endpoint_of(info.stream.peer_address)};
    Packer out;
    put(out, info.request);
    out.put(info.response_fields);
    out.put(info.parameters.size());
    for (const auto& [name, value] : info.parameters) {
        out.put(name);
        out.put(value);
    }
    out.put(info.subprotocol);
    put(out, info.compression);
    put(out, info.stream, !ticket.peer);
    ticket.text = &*texts_.try_emplace(std::move(out).text()).first;
    ++ticket.text->second;
    return ticket;
}

OpenInfo InfoPool::unpack(const Ticket& ticket) {
    TAUTLINE_ASSERT(ticket.text != nullptr);
    Unpacker in(ticket.text->first);
    OpenInfo info;
    info.request = unpack_request(in);
    info.response_fields = in.fields();
    for (std::size_t left = in.number(); left > 0; --left) {
        auto name = in.string();
        auto value = in.string();
        info.parameters.emplace_back(std::move(name), std::move(value));
    }
    info.subprotocol = in.string();
    info.compression = unpack_compression(in);
    info.stream = unpack_stream(in);
    if (ticket.peer) info.stream.peer_address = ticket.peer->to_string();
    return info;
}

void InfoPool::drop(const Ticket& ticket) {
    if (!ticket.text || --ticket.text->second > 0) return;
    texts_.erase(ticket.text->first);
}

}  // namespace tautline::session
