// SPDX-License-Identifier: MIT
#include <tautline/dial/lookup.hpp>

#include <string>
#include <utility>
#include <vector>

#include <asio/ip/tcp.hpp>

namespace tautline::dial {

namespace {

using asio::ip::tcp;

// Shared with Asio, whose handler runs after a cancellation too.
struct Question {
    Question(io::Loop& loop, OnAnswer callback)
        : resolver(loop.context()), done(std::move(callback)) {}
    tcp::resolver resolver;
    OnAnswer done;
};

void answer(Question& question, eyeballs::Answer answer) {
    if (auto done = std::exchange(question.done, nullptr)) {
        done(std::move(answer), eyeballs::Freshness::fresh);
    }
}

class Lookup final : public Operation {
public:
    explicit Lookup(std::shared_ptr<Question> question) : question_(std::move(question)) {}
    ~Lookup() override {
        question_->done = nullptr;
        question_->resolver.cancel();
    }

private:
    std::shared_ptr<Question> question_;
};

std::vector<IpAddress> addresses_of(const tcp::resolver::results_type& results) {
    std::vector<IpAddress> addresses;
    for (const auto& result : results) {
        const auto address = result.endpoint().address();
        addresses.push_back(address.is_v6() ? IpAddress(address.to_v6().to_bytes())
                                            : IpAddress(address.to_v4().to_bytes()));
    }
    return addresses;
}

}  // namespace

std::unique_ptr<Operation> look_up(io::Loop& loop, const eyeballs::SendQuery& query,
                                   OnAnswer done) {
    auto question = std::make_shared<Question>(loop, std::move(done));
    if (query.type == eyeballs::RecordType::https) {
        loop.post([question] { answer(*question, std::vector<dns::ServiceRecord>()); });
    } else {
        const auto family = query.type == eyeballs::RecordType::aaaa ? tcp::v6() : tcp::v4();
        question->resolver.async_resolve(
            family, query.name, "", tcp::resolver::numeric_service,
            [question](const asio::error_code&, const tcp::resolver::results_type& results) {
                answer(*question, addresses_of(results));
            });
    }
    return std::make_unique<Lookup>(std::move(question));
}

}  // namespace tautline::dial
