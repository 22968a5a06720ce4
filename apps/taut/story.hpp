// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <tautline/observe/event.hpp>

namespace tautline::taut {

/// Prints what happens on the way to a connection and on it, in lines as curl writes them:
///
///     * connecting to 127.0.0.1:9001
///     > GET / HTTP/1.1
///     < HTTP/1.1 101 Switching Protocols
///
/// Once there are several attempts, their lines begin with "* [2]", and what became of each is
/// told.
///
/// The values of Authorization, Cookie and similar fields, and queries, are left out; what came
/// from the peer is safe for a terminal.
class Story final : public observe::Observer {
public:
    using Tell = std::function<void(const std::string& line)>;
    explicit Story(Tell tell) : tell_(std::move(tell)) {}

    void observe(const observe::Event& event, observe::Stamp stamp) override;

    /// What attempts of the race wait for; nothing for those that have failed.
    using Attempts = std::map<std::uint64_t, std::string_view>;
    /// What name servers have not answered yet: "AAAA of example.org".
    using Questions = std::map<std::uint64_t, std::string>;

private:
    Tell tell_;
    Attempts attempts_;
    Questions questions_;
};

}  // namespace tautline::taut
