// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/udp.hpp>
#include <asio/write.hpp>
#include <tests/support/wire.hpp>

#include <tautline/base/bytes.hpp>

namespace tautline::test {

using asio::ip::tcp;
using asio::ip::udp;

inline const std::string kNoError("\x81\x80", 2);
inline const std::string kTruncated("\x83\x80", 2);
inline const std::string kNoSuchName("\x81\x83", 2);
inline const std::string kFailure("\x81\x82", 2);

inline std::string wire_text(std::string_view hex) { return std::string(as_text(wire(hex))); }

// One answer record for the name of the question, of that type.
inline std::string record(std::uint8_t type, std::string_view data, std::uint8_t ttl = 60) {
    return std::string("\xc0\x0c\x00", 3) + static_cast<char>(type) +
           std::string("\x00\x01\x00\x00\x00", 5) + static_cast<char>(ttl) + '\x00' +
           static_cast<char>(data.size()) + std::string(data);
}

// A name server on loopback: what it answers is up to the test. An empty answer is none.
struct NameServer {
    explicit NameServer(asio::io_context& context,
                        udp::endpoint place = {asio::ip::address_v4::loopback(), 0})
        : udp_socket(context, place), tcp_listener(context), tcp_socket(context) {
        listen();
        receive();
        tcp_listener.async_accept(tcp_socket, [this](const asio::error_code& error) {
            if (!error) serve_tcp();
        });
    }
    // Both protocols on one port: somebody else may have the other half of the first choice.
    void listen() {
        tcp_listener.open(tcp::v4());
        asio::error_code taken;
        for (bool bound = false; !bound;) {
            const auto place = udp_socket.local_endpoint();
            tcp_listener.bind({place.address(), place.port()}, taken);
            bound = !taken;
            if (bound) continue;
            udp_socket = udp::socket(udp_socket.get_executor(),
                                     udp::endpoint(asio::ip::address_v4::loopback(), 0));
        }
        tcp_listener.listen();
    }
    void receive() {
        udp_socket.async_receive_from(
            asio::buffer(buffer), peer, [this](const asio::error_code& error, std::size_t size) {
                if (error) return;
                const auto answer = respond(std::string(buffer.data(), size), udp_flags);
                if (!answer.empty()) udp_socket.send_to(asio::buffer(answer), peer);
                receive();
            });
    }
    void close() {
        udp_socket.close();
        tcp_listener.close();
    }
    void answer_the_last() {
        silent = false;
        udp_socket.send_to(asio::buffer(respond(last_query, udp_flags)), peer);
    }
    void serve_tcp() {
        tcp_socket.async_read_some(
            asio::buffer(buffer), [this](const asio::error_code& error, std::size_t size) {
                if (error) return;
                ++over_tcp;
                const auto answer = respond(std::string(buffer.data() + 2, size - 2), kNoError);
                const std::string length{static_cast<char>(answer.size() >> 8),
                                         static_cast<char>(answer.size())};
                asio::write(tcp_socket, asio::buffer(length + answer));
                serve_tcp();
            });
    }
    std::string respond(const std::string& query, const std::string& flags) {
        const auto end = query.find('\0', 12);
        const auto type = static_cast<std::uint8_t>(query[end + 2]);
        ++asked[type];
        last_query = query;
        questions.push_back(name_in(query) + "/" + std::to_string(type));
        if (silent || silent_types.contains(type)) return {};
        const auto& said = said_of(name_in(query), type, flags);
        const std::string answer = said == kNoError ? answer_to(name_in(query), type) : "";
        std::string id = query.substr(0, 2);
        if (wrong_id) id[0] = static_cast<char>(id[0] ^ 1);
        const auto one_if = [](const std::string& record) {
            return std::string(1, '\0') + static_cast<char>(record.empty() ? 0 : 1);
        };
        return id + said + std::string("\x00\x01", 2) + one_if(answer) + one_if(authority) +
               std::string(2, '\0') + query.substr(12, end + 5 - 12) + answer + authority;
    }
    // "a.test"
    static std::string name_in(const std::string& query) {
        std::string name;
        for (std::size_t at = 12; query[at] != '\0';) {
            const std::size_t size = static_cast<unsigned char>(query[at]);
            name += (name.empty() ? "" : ".") + query.substr(at + 1, size);
            at += 1 + size;
        }
        return name;
    }
    [[nodiscard]] const std::string& said_of(const std::string& name, std::uint8_t type,
                                             const std::string& flags) const {
        if (failing.contains(name)) return kFailure;
        if (empty_types.contains(type)) return flags;
        const bool missing = strict && !answers_of.contains(name);
        return missing || missing_types.contains(type) ? kNoSuchName : flags;
    }
    std::string answer_to(const std::string& name, std::uint8_t type) {
        const auto own = answers_of.find(name);
        return own == answers_of.end() ? answers[type] : own->second[type];
    }
    [[nodiscard]] std::string address() const {
        return "127.0.0.1:" + std::to_string(udp_socket.local_endpoint().port());
    }

    udp::socket udp_socket;
    tcp::acceptor tcp_listener;
    tcp::socket tcp_socket;
    udp::endpoint peer;
    std::array<char, 4096> buffer{};
    std::map<std::uint8_t, std::string> answers;
    std::map<std::string, std::map<std::uint8_t, std::string>> answers_of;  // above `answers`
    std::set<std::string> failing;         // names for which it says SERVFAIL
    std::set<std::uint8_t> silent_types;   // that are not answered
    std::set<std::uint8_t> missing_types;  // for which it says NXDOMAIN
    std::set<std::uint8_t> empty_types;    // of which it says of each name that it has none
    bool strict = false;                   // no name exists but those of `answers_of`
    std::map<std::uint8_t, int> asked;
    std::vector<std::string> questions;  // "a.test/28"
    std::string authority;
    std::string last_query;
    std::string udp_flags = kNoError;
    bool silent = false;
    bool wrong_id = false;
    int over_tcp = 0;
};

}  // namespace tautline::test
