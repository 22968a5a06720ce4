// SPDX-License-Identifier: MIT
#include <tautline/resolve/resolver.hpp>

#include <tautline/io/timer_wheel.hpp>
#include <tautline/io/turn_queue.hpp>

namespace tautline::resolve {

namespace {

class Later final : public io::Operation, private io::TimerNode, private io::TurnNode {
public:
    Later(io::Loop& loop, eyeballs::Answer answer, eyeballs::Freshness freshness, Duration delay,
          OnAnswer done)
        : answer_(std::move(answer)), freshness_(freshness), done_(std::move(done)) {
        if (delay > Duration::zero()) {
            loop.timers().schedule(*this, loop.now() + delay);
        } else {
            loop.call_soon(*this);
        }
    }

private:
    void on_timer(Instant) override { tell(); }
    void on_turn() override { tell(); }
    void tell() {
        auto done = std::move(done_);
        done(std::move(answer_), freshness_);
    }

    eyeballs::Answer answer_;
    eyeballs::Freshness freshness_;
    OnAnswer done_;
};

}  // namespace

std::unique_ptr<io::Operation> answer_later(io::Loop& loop, eyeballs::Answer answer,
                                            eyeballs::Freshness freshness, Duration delay,
                                            OnAnswer done) {
    return std::make_unique<Later>(loop, std::move(answer), freshness, delay, std::move(done));
}

void StaticResolver::add(const std::string& name, const std::vector<IpAddress>& addresses) {
    std::vector<IpAddress> v4;
    std::vector<IpAddress> v6;
    for (const auto& address : addresses) (address.is_v6() ? v6 : v4).push_back(address);
    answers_[{name, eyeballs::RecordType::a}] = std::move(v4);
    answers_[{name, eyeballs::RecordType::aaaa}] = std::move(v6);
}

void StaticResolver::add(const std::string& name, std::vector<dns::ServiceRecord> records) {
    answers_[{name, eyeballs::RecordType::https}] = std::move(records);
}

eyeballs::Answer StaticResolver::answer_to(const eyeballs::SendQuery& query) const {
    if (const auto known = answers_.find({query.name, query.type}); known != answers_.end()) {
        return known->second;
    }
    if (query.type == eyeballs::RecordType::https) return std::vector<dns::ServiceRecord>();
    return std::vector<IpAddress>();
}

std::unique_ptr<io::Operation> StaticResolver::ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                                   OnAnswer done) {
    const auto delay = delays_.find(query.type);
    return answer_later(loop, answer_to(query), eyeballs::Freshness::fresh,
                        delay == delays_.end() ? Duration::zero() : delay->second, std::move(done));
}

}  // namespace tautline::resolve
