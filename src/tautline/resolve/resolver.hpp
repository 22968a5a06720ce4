// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tautline/base/time.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/operation.hpp>
#include <tautline/proto/eyeballs/dns_phase.hpp>
#include <tautline/proto/eyeballs/output.hpp>

namespace tautline::resolve {

using OnAnswer = std::move_only_function<void(eyeballs::Answer, eyeballs::Freshness)>;

/// Answers the DNS queries of a race, each on its own.
class Resolver {
public:
    virtual ~Resolver() = default;
    /// Calls back once, from the loop, never in here. Destroying the operation ends the question.
    [[nodiscard]] virtual std::unique_ptr<io::Operation> ask(io::Loop& loop,
                                                             const eyeballs::SendQuery& query,
                                                             OnAnswer done) = 0;
};

/// Answers that were set up before: for tests, and for names that are pinned to addresses. A name
/// that was not set up has no records.
class StaticResolver final : public Resolver {
public:
    void add(const std::string& name, const std::vector<IpAddress>& addresses);
    void add(const std::string& name, std::vector<dns::ServiceRecord> records);
    /// Answers to questions of `type` come after `duration`.
    void delay(eyeballs::RecordType type, Duration duration) { delays_[type] = duration; }

    std::unique_ptr<io::Operation> ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                       OnAnswer done) override;

private:
    [[nodiscard]] eyeballs::Answer answer_to(const eyeballs::SendQuery& query) const;

    std::map<std::pair<std::string, eyeballs::RecordType>, eyeballs::Answer> answers_;
    std::map<eyeballs::RecordType, Duration> delays_;
};

/// An operation that answers in a turn of its own, or after `delay`.
[[nodiscard]] std::unique_ptr<io::Operation> answer_later(io::Loop& loop, eyeballs::Answer answer,
                                                          eyeballs::Freshness freshness,
                                                          Duration delay, OnAnswer done);

}  // namespace tautline::resolve
