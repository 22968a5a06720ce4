// SPDX-License-Identifier: MIT
#include <tautline/dial/proxy_observer.hpp>

#include <utility>
#include <variant>

namespace tautline::dial {

namespace {

class ProxyObserver final : public observe::Observer {
public:
    ProxyObserver(std::shared_ptr<observe::Observer> observer, eyeballs::AttemptId attempt)
        : observer_(std::move(observer)), base_(attempt.value() * kProxyNumbers) {}

    void observe(const observe::Event& event, observe::Stamp stamp) override {
        std::visit([&](const auto& told) { tell(told, stamp); }, event);
    }

private:
    template <typename Id>
    void renumber(Id& id) const {
        id = Id(base_ + id.value());
    }

    void tell(const observe::QueryAnswered& event, observe::Stamp stamp) {
        auto query = event.query;
        renumber(query.id);
        observer_->observe(observe::QueryAnswered{query, event.answer}, stamp);
    }
    void tell(const observe::RaceStep& event, observe::Stamp stamp) {
        auto output = event.output;
        std::visit([this](auto& order) { renumber_all(order); }, output);
        observer_->observe(observe::RaceStep{output}, stamp);
    }
    void tell(auto event, observe::Stamp stamp) {
        if constexpr (requires { event.attempt; }) renumber(event.attempt);
        observer_->observe(event, stamp);
    }

    void renumber_all(auto& order) const {
        if constexpr (requires { order.id; }) renumber(order.id);
    }
    void renumber_all(eyeballs::Failed& failed) const {
        for (auto& report : failed.attempts) renumber(report.id);
    }

    std::shared_ptr<observe::Observer> observer_;
    std::uint64_t base_;
};

}  // namespace

std::shared_ptr<observe::Observer> observer_for_proxy(std::shared_ptr<observe::Observer> observer,
                                                      eyeballs::AttemptId attempt) {
    if (!observer) return nullptr;
    return std::make_shared<ProxyObserver>(std::move(observer), attempt);
}

}  // namespace tautline::dial
