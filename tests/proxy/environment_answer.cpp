// SPDX-License-Identifier: MIT
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <tautline/proto/http/uri.hpp>
#include <tautline/proto/proxy/selector.hpp>

namespace {

using namespace tautline::proxy;

std::optional<std::string> look_up(const char* name) {
    const char* value = std::getenv(name);
    if (value == nullptr) return std::nullopt;
    return value;
}

// "DIRECT", "error" or "scheme host port [user:password]".
std::string answer_for(bool secure, const std::string& host) {
    // As a client does: what is asked about is the host of a URL.
    const auto uri = tautline::http::parse_uri("ws://" + host);
    if (!uri) return "error";
    const auto routes = Selector(look_up).routes_for(secure, uri->host);
    if (!routes) return "error";
    const Route& route = routes->front();
    if (!route.proxy) return "DIRECT";
    const ProxyUrl& proxy = *route.proxy;
    std::string answer =
        std::string(name_for(proxy.scheme)) + " " + proxy.host + " " + std::to_string(proxy.port);
    if (proxy.credentials) {
        answer += " " + proxy.credentials->user + ":" + proxy.credentials->password;
    }
    return answer;
}

}  // namespace

// Says which proxy the environment asks for: environment_answer ws|wss HOST
int main(int count, char** arguments) {
    if (count != 3) return 2;
    std::puts(answer_for(std::string_view(arguments[1]) == "wss", arguments[2]).c_str());
    return 0;
}
