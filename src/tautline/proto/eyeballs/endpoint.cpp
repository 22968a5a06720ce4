// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/endpoint.hpp>

#include <array>
#include <utility>

namespace tautline::eyeballs {

namespace {

// In the order of `Protocol`; the versions that it offers.
constexpr std::array<std::string_view, 1> kHttp3{"h3"};
constexpr std::array<std::string_view, 2> kHttp2OrHttp1{"h2", "http/1.1"};
constexpr auto kHttp2 = std::span(kHttp2OrHttp1).first<1>();
constexpr auto kHttp1 = std::span(kHttp2OrHttp1).last<1>();

}  // namespace

std::span<const std::string_view> alpn_for(Protocol protocol) {
    switch (protocol) {
        case Protocol::http3: return kHttp3;
        case Protocol::http2_or_http1: return kHttp2OrHttp1;
        case Protocol::http2: return kHttp2;
        case Protocol::http1: return kHttp1;
    }
    std::unreachable();
}

bool speaks(Protocol protocol, HttpVersion version) {
    switch (protocol) {
        case Protocol::http3: return version == HttpVersion::http3;
        case Protocol::http2_or_http1: return version != HttpVersion::http3;
        case Protocol::http2: return version == HttpVersion::http2;
        case Protocol::http1: return version == HttpVersion::http1;
    }
    std::unreachable();
}

std::string_view name_for(Protocol protocol) {
    switch (protocol) {
        case Protocol::http3: return "h3";
        case Protocol::http2_or_http1: return "h2+h1";
        case Protocol::http2: return "h2";
        case Protocol::http1: return "h1";
    }
    std::unreachable();
}

std::string_view name_for(HttpVersion version) {
    switch (version) {
        case HttpVersion::http1: return "h1";
        case HttpVersion::http2: return "h2";
        case HttpVersion::http3: return "h3";
    }
    std::unreachable();
}

std::vector<Protocol> protocols_for(const HttpVersions& versions) {
    std::vector<Protocol> protocols;
    if (versions.http3) protocols.push_back(Protocol::http3);
    if (versions.http2 && versions.http1) {
        protocols.push_back(Protocol::http2_or_http1);
    } else if (versions.http2) {
        protocols.push_back(Protocol::http2);
    } else if (versions.http1) {
        protocols.push_back(Protocol::http1);
    }
    return protocols;
}

std::string NamedEndpoint::to_string() const { return host + ":" + std::to_string(port); }

std::string to_string(const Target& target) {
    return std::visit([](const auto& where) { return where.to_string(); }, target);
}

std::string Endpoint::to_string() const {
    std::string text = eyeballs::to_string(target);
    text.append(" ").append(name_for(protocol));
    return ech.empty() ? text : text + " ech";
}

bool covers(const Endpoint& tried, const Endpoint& wanted) {
    if (tried.target != wanted.target || tried.ech != wanted.ech) return false;
    return tried.protocol == wanted.protocol ||
           (tried.protocol == Protocol::http2_or_http1 && wanted.protocol != Protocol::http3);
}

bool same_host(const Target& one, const Target& other) {
    const auto* address = std::get_if<IpEndpoint>(&one);
    const auto* other_address = std::get_if<IpEndpoint>(&other);
    if (address != nullptr && other_address != nullptr) {
        return address->address == other_address->address;
    }
    const auto* name = std::get_if<NamedEndpoint>(&one);
    const auto* other_name = std::get_if<NamedEndpoint>(&other);
    return name != nullptr && other_name != nullptr && name->host == other_name->host;
}

}  // namespace tautline::eyeballs
