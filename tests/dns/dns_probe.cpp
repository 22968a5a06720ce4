// SPDX-License-Identifier: MIT
// Asks name servers and prints each answer as a line of JSON, when it comes:
//     dns_probe <servers> <timeout in ms> <tries> <name>/<type>[/stale]...
// All questions are asked at once. Between them "+" waits for the answers to those before it, and
// "@1100" runs the loop for so many milliseconds.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>

#include <tautline/io/loop.hpp>
#include <tautline/resolve/cares_resolver.hpp>

namespace {

using namespace tautline;

std::string quoted(std::string_view text) {
    std::string json = "\"";
    for (const char c : text) {
        char escaped[8] = {};
        std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
        const bool plain = c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
        json += plain ? std::string(1, c) : escaped;
    }
    return json + '"';
}

template <typename Range, typename Write>
std::string list(const Range& range, Write write) {
    std::string json;
    for (const auto& item : range) json += (json.empty() ? "" : ",") + write(item);
    return "[" + json + "]";
}

std::string addresses(const std::vector<IpAddress>& all) {
    return list(all, [](const IpAddress& address) { return quoted(address.to_string()); });
}

std::string service(const dns::ServiceRecord& record) {
    return "{\"priority\":" + std::to_string(record.priority) +
           ",\"target\":" + quoted(record.target) + ",\"alpn\":" + list(record.alpn, quoted) +
           ",\"port\":" + (record.port ? std::to_string(*record.port) : "null") +
           ",\"ipv4\":" + addresses(record.ipv4_hints) +
           ",\"ipv6\":" + addresses(record.ipv6_hints) +
           ",\"ech_bytes\":" + std::to_string(record.ech.size()) + "}";
}

struct Writer {
    std::string operator()(const std::vector<IpAddress>& all) const {
        return "\"addresses\":" + addresses(all);
    }
    std::string operator()(const std::vector<dns::ServiceRecord>& all) const {
        return "\"services\":" + list(all, service);
    }
    std::string operator()(const eyeballs::Alias& alias) const {
        return "\"alias\":" + quoted(alias.target);
    }
    std::string operator()(const eyeballs::LookupFailed& failed) const {
        return "\"failed\":" + quoted(failed.error.message);
    }
};

void print(const eyeballs::SendQuery& query, const eyeballs::Answer& answer,
           eyeballs::Freshness freshness) {
    const std::string line =
        "{\"name\":" + quoted(query.name) + ",\"type\":" + quoted(name_for(query.type)) +
        ",\"stale\":" + (freshness == eyeballs::Freshness::stale ? "true," : "false,") +
        std::visit(Writer{}, answer) + "}";
    std::puts(line.c_str());
    std::fflush(stdout);
}

eyeballs::SendQuery query_from(std::string text) {
    eyeballs::SendQuery query{};
    if (text.ends_with("/stale")) {
        query.allow_stale = true;
        text.resize(text.rfind('/'));
    }
    const auto slash = text.rfind('/');
    const std::string type = text.substr(slash + 1);
    query.name = text.substr(0, slash);
    query.type = type == "https"  ? eyeballs::RecordType::https
                 : type == "aaaa" ? eyeballs::RecordType::aaaa
                                  : eyeballs::RecordType::a;
    return query;
}

void probe(const resolve::CaresOptions& options, const std::vector<std::string>& questions) {
    asio::io_context context;
    const auto working = asio::make_work_guard(context);
    auto& loop = io::Loop::of(context);
    resolve::CaresResolver resolver(options);
    std::vector<std::unique_ptr<io::Operation>> asked;
    std::size_t answered = 0;
    const auto wait = [&] {
        while (answered < asked.size()) context.run_one();
    };
    for (const std::string& text : questions) {
        if (text == "+") {
            wait();
            continue;
        }
        if (text.starts_with('@')) {
            context.run_for(std::chrono::milliseconds(std::atoi(text.c_str() + 1)));
            continue;
        }
        const auto query = query_from(text);
        asked.push_back(
            resolver.ask(loop, query, [&answered, query](const auto& answer, auto freshness) {
                print(query, answer, freshness);
                ++answered;
            }));
    }
    wait();
}

}  // namespace

int main(int count, char** arguments) {
    const std::vector<std::string> words(arguments + 1, arguments + count);
    if (words.size() < 4) {
        std::fputs("usage: dns_probe <servers> <timeout in ms> <tries> <name>/<type>...\n", stderr);
        return 2;
    }
    probe({.servers = words[0],
           .timeout = std::chrono::milliseconds(std::atoi(words[1].c_str())),
           .tries = std::atoi(words[2].c_str())},
          {words.begin() + 3, words.end()});
    return 0;
}
