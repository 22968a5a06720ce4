// SPDX-License-Identifier: MIT
// Opens a WebSocket with every hook that an application has, and prints what they are told:
//     hooks_probe <url>
// Answers a Basic challenge with a wrong password, then with "u:p". Keeps one cookie.
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tautline/client/client.hpp>

namespace {

using namespace tautline;

class OneCookie final : public http::CookieJar {
public:
    std::string cookies_for(const http::Uri&) override { return cookie_; }
    void receive_cookie(const http::Uri&, std::string_view value) override { cookie_ = value; }

private:
    std::string cookie_;
};

void say(const std::string& line) {
    std::puts(line.c_str());
    std::fflush(stdout);
}

ClientOptions options() {
    ClientOptions options;
    options.max_redirects = 5;
    options.cookies = std::make_shared<OneCookie>();
    options.authenticate = [tries = 0](const auto&, const auto& challenges) mutable {
        const bool basic = http::find_challenge(challenges, "Basic") != nullptr;
        const char* answer = ++tries == 1 ? "Basic dTpx" : "Basic dTpw";
        return basic ? std::optional<std::string>(answer) : std::nullopt;
    };
    options.interceptors.push_back(
        {.on_request = [](const auto&, auto& fields) { fields.set("X-Trace", "7"); },
         .on_response = [](const auto& uri, int status,
                           const auto&) { say(std::to_string(status) + " " + uri.target); }});
    return options;
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) return 2;
    Client client;
    client.connect(words[1],
                   {.on_open = [](auto&) { say("open"); },
                    .on_closed = [](auto&, const Closed&) { say("closed"); }},
                   options(), [](const Error& error) { say("failed: " + error.message); });
    client.run();
}
