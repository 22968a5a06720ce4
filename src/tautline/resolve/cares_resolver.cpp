// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_resolver.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include <tautline/io/loop_part.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/proto/dns/answer_cache.hpp>
#include <tautline/resolve/cares_answer.hpp>
#include <tautline/resolve/cares_channel.hpp>
#include <tautline/resolve/name_choice.hpp>
#include <tautline/resolve/search_list.hpp>

namespace tautline::resolve {

namespace {

using eyeballs::Answer;
using eyeballs::Freshness;
using eyeballs::RecordType;

bool is_or_is_below(std::string_view name, std::string_view domain) {
    if (!name.ends_with(domain)) return false;
    name.remove_suffix(domain.size());
    return name.empty() || name.ends_with('.');
}

// RFC 6761 sections 6.3 and 6.4, RFC 7686 section 2: names that are never asked for.
std::optional<Answer> answer_of_ours(const eyeballs::SendQuery& query) {
    if (is_or_is_below(query.name, "invalid")) return nothing(query.type);
    if (is_or_is_below(query.name, "onion")) return nothing(query.type);
    if (!is_or_is_below(query.name, "localhost")) return std::nullopt;
    switch (query.type) {
        case RecordType::https: return nothing(query.type);
        case RecordType::a: return std::vector{IpAddress(IpAddress::V4{127, 0, 0, 1})};
        case RecordType::aaaa: return std::vector{*IpAddress::parse("::1")};
    }
    return std::nullopt;
}

// The host that an HTTPS question is about: "_8443._https.example.org" has it behind a port.
std::string_view host_of(std::string_view name) {
    constexpr std::string_view kScheme = "._https.";
    const auto scheme = name.find(kScheme);
    if (!name.starts_with('_') || scheme == std::string_view::npos) return name;
    return name.substr(scheme + kScheme.size());
}

// As getaddrinfo: what the hosts file does not tell of a name that it has is not asked for, so that
// nothing leads around it.
std::optional<Answer> answer_of_hosts(HostsFile& hosts, const eyeballs::SendQuery& query) {
    const auto& addresses = hosts.find(host_of(query.name));
    if (addresses.empty()) return std::nullopt;
    if (query.type == RecordType::https) return nothing(query.type);
    std::vector<IpAddress> family;
    const bool v6 = query.type == RecordType::aaaa;
    std::ranges::copy_if(addresses, std::back_inserter(family),
                         [v6](const IpAddress& address) { return address.is_v6() == v6; });
    return family;
}

// Hints of targets that the hosts file has would lead around it, too.
Answer without_overridden_hints(Answer answer, HostsFile& hosts) {
    if (auto* records = std::get_if<std::vector<dns::ServiceRecord>>(&answer)) {
        for (auto& record : *records) {
            if (record.ipv4_hints.empty() && record.ipv6_hints.empty()) continue;
            if (hosts.find(record.target).empty()) continue;
            record.ipv4_hints.clear();
            record.ipv6_hints.clear();
        }
    }
    return answer;
}

ChannelSetup channel_setup(const CaresOptions& options) {
    return {.servers = options.servers,
            .resolv_conf = options.resolv_conf,
            .port = options.port,
            .timeout = options.timeout,
            .tries = options.tries,
            .negative = {.otherwise = options.negative_time, .most = options.max_negative_time}};
}

}  // namespace

/// The questions of one loop to the name servers of one configuration, and what came of them.
///
/// Questions about a host share which of its candidates it stands for; answers are kept under
/// whole names, and one query serves all who wait for it. All that happens is looked at in a turn
/// of its own, so that nobody is called from within c-ares.
class CaresResolver::Questions final : public std::enable_shared_from_this<Questions>,
                                       private ChannelHandler,
                                       private io::TurnNode {
public:
    Questions(io::Loop& loop, const CaresOptions& options, HostsFile& hosts)
        : loop_(loop),
          hosts_(hosts),
          search_list_(search_list_of_system(options.resolv_conf)),
          cache_(options.max_cached_answers),
          channel_(loop, channel_setup(options), *this) {}

    std::unique_ptr<io::Operation> ask(const eyeballs::SendQuery& query, OnAnswer done);
    /// Nobody waits for an answer.
    [[nodiscard]] bool idle() const { return waiting_ == 0; }

private:
    // A name as it is sent, and a type.
    using Key = std::pair<std::string, RecordType>;
    struct Question;
    // A host that is asked for: the choice lasts as long as somebody waits for it.
    struct Host {
        std::string key;
        NameChoice choice;
        std::vector<std::shared_ptr<Question>> questions = {};
        bool allow_stale = false;
    };
    // `done` is empty once nobody waits.
    struct Question {
        Host* host;          // until it has ended
        std::string prefix;  // "_8443._https."
        RecordType type;
        bool allow_stale;
        OnAnswer done;
        std::string told_of = {};  // the name that `told` is about
        std::optional<Brought> told = {};

        [[nodiscard]] std::string name() const { return prefix + host->choice.name(); }
    };
    class Asked final : public io::Operation {
    public:
        Asked(std::weak_ptr<Questions> owner, std::shared_ptr<Question> question)
            : owner_(std::move(owner)), question_(std::move(question)) {}
        ~Asked() override {
            question_->done = nullptr;
            const auto owner = owner_.lock();
            if (owner && question_->host != nullptr) owner->end(*question_);
        }

    private:
        std::weak_ptr<Questions> owner_;
        std::shared_ptr<Question> question_;
    };

    Host& host_for(const std::string& name, bool absolute);
    void on_brought(const std::string& name, RecordType type, Brought brought) override;
    void on_turn() override;
    void take(const Key& key, const Brought& brought);
    void go_on(const std::shared_ptr<Host>& host);
    void recall(Host& host);
    void go_on(const std::shared_ptr<Host>& host, const std::shared_ptr<Question>& question);
    void send(const Key& key, const std::shared_ptr<Host>& host);
    void finish(const std::shared_ptr<Question>& question, Answer answer, Freshness freshness);
    void end(Question& question);

    io::Loop& loop_;
    HostsFile& hosts_;
    SearchList search_list_;
    dns::AnswerCache<Brought> cache_;
    std::map<std::string, std::shared_ptr<Host>> asked_;
    std::map<Key, std::vector<std::shared_ptr<Host>>> sent_;  // and who waits for it
    std::vector<std::pair<Key, Brought>> brought_;
    std::vector<std::shared_ptr<Host>> due_;
    std::size_t waiting_ = 0;
    CaresChannel channel_;
};

std::unique_ptr<io::Operation> CaresResolver::Questions::ask(const eyeballs::SendQuery& query,
                                                             OnAnswer done) {
    if (const auto fault = channel_.fault(); !fault.empty()) {
        return answer_later(loop_, failed(fault), Freshness::fresh, {}, std::move(done));
    }
    const std::string host_name(host_of(query.name));
    Host& host = host_for(host_name, query.absolute);
    auto question = std::make_shared<Question>(
        &host, query.name.substr(0, query.name.size() - host_name.size()), query.type,
        query.allow_stale, std::move(done));
    host.questions.push_back(question);
    host.allow_stale |= query.allow_stale;
    ++waiting_;
    due_.push_back(asked_.at(host.key));
    loop_.call_soon(*this);
    return std::make_unique<Asked>(weak_from_this(), std::move(question));
}

// A short name and the same name as a whole are two hosts.
CaresResolver::Questions::Host& CaresResolver::Questions::host_for(const std::string& name,
                                                                   bool absolute) {
    const std::string key = absolute ? name + "." : name;
    auto& host = asked_[key];
    if (!host) {
        host = std::make_shared<Host>(
            key, NameChoice(absolute ? std::vector{name} : search_list_.candidates(name)));
    }
    return *host;
}

void CaresResolver::Questions::on_brought(const std::string& name, RecordType type,
                                          Brought brought) {
    brought_.emplace_back(Key{name, type}, std::move(brought));
    loop_.call_soon(*this);
}

void CaresResolver::Questions::on_turn() {
    for (const auto& [key, brought] : std::exchange(brought_, {})) take(key, brought);
    for (const auto& host : std::exchange(due_, {})) go_on(host);
    if (!idle()) return;
    // Who waits no longer keeps no socket and no timer: they would keep the loop from ending.
    channel_.cancel();
    sent_.clear();
}

void CaresResolver::Questions::take(const Key& key, const Brought& brought) {
    const auto& [name, type] = key;
    // Without any answer the last one may still be of use.
    if (brought.finding != Finding::failed) {
        cache_.add(name, static_cast<int>(type), brought,
                   static_cast<std::uint32_t>(brought.lifetime / std::chrono::seconds(1)),
                   loop_.now());
    }
    const auto waiting = sent_.extract(key);
    if (waiting.empty()) return;
    for (const auto& host : waiting.mapped()) {
        host->choice.handle(name, type, brought.finding);
        for (const auto& question : host->questions) {
            if (question->type != type || question->name() != name) continue;
            question->told_of = name;
            question->told = brought;
        }
        due_.push_back(host);
    }
}

void CaresResolver::Questions::go_on(const std::shared_ptr<Host>& host) {
    if (host->questions.empty()) return;
    recall(*host);
    if (!host->choice.settled()) send({host->choice.name(), RecordType::a}, host);
    const auto questions = host->questions;  // they leave it when they end
    for (const auto& question : questions) go_on(host, question);
}

// What is kept decides as what comes does.
void CaresResolver::Questions::recall(Host& host) {
    std::string looked_at;
    while (!host.choice.settled() && looked_at != host.choice.name()) {
        looked_at = host.choice.name();
        for (const auto type : {RecordType::https, RecordType::aaaa, RecordType::a}) {
            const auto known =
                cache_.find(looked_at, static_cast<int>(type), host.allow_stale, loop_.now());
            if (!known) continue;
            // It may be there by now, and nobody would ask again.
            const bool leads_on = known->answer.finding == Finding::no_such_name;
            if (known->stale && leads_on) continue;
            host.choice.handle(looked_at, type, known->answer.finding);
        }
    }
}

// An answer that comes before the choice waits for it.
void CaresResolver::Questions::go_on(const std::shared_ptr<Host>& host,
                                     const std::shared_ptr<Question>& question) {
    const std::string name = question->name();
    const bool settled = host->choice.settled();
    if (question->told && question->told_of == name) {
        if (settled) finish(question, question->told->answer, Freshness::fresh);
        return;
    }
    const auto known =
        cache_.find(name, static_cast<int>(question->type), question->allow_stale, loop_.now());
    if (!known) return send({name, question->type}, host);
    if (settled) {
        finish(question, known->answer.answer, known->stale ? Freshness::stale : Freshness::fresh);
    }
}

void CaresResolver::Questions::send(const Key& key, const std::shared_ptr<Host>& host) {
    auto& waiting = sent_[key];
    const bool sent = !waiting.empty();
    if (std::ranges::find(waiting, host) == waiting.end()) waiting.push_back(host);
    if (!sent) channel_.send(key.first, key.second);
}

// In a later turn: whoever is told may destroy the resolver.
void CaresResolver::Questions::finish(const std::shared_ptr<Question>& question, Answer answer,
                                      Freshness freshness) {
    end(*question);
    loop_.post([question, answer = without_overridden_hints(std::move(answer), hosts_),
                freshness]() mutable {
        if (auto done = std::exchange(question->done, nullptr)) {
            done(std::move(answer), freshness);
        }
    });
}

void CaresResolver::Questions::end(Question& question) {
    Host& host = *std::exchange(question.host, nullptr);
    std::erase_if(host.questions, [&](const auto& other) { return other.get() == &question; });
    if (host.questions.empty()) asked_.erase(std::string(host.key));
    if (--waiting_ == 0) loop_.call_soon(*this);
}

CaresResolver::CaresResolver(CaresOptions options)
    : options_(std::move(options)), hosts_(options_.hosts_file) {}

CaresResolver::~CaresResolver() = default;

std::unique_ptr<io::Operation> CaresResolver::ask(io::Loop& loop, const eyeballs::SendQuery& asked,
                                                  OnAnswer done) {
    auto query = asked;
    if (query.name.ends_with('.')) {
        query.name.pop_back();
        query.absolute = true;
    }
    auto local = answer_of_ours(query);
    if (!local) local = answer_of_hosts(hosts_, query);
    if (local) {
        return answer_later(loop, std::move(*local), Freshness::fresh, {}, std::move(done));
    }
    return questions_on(loop).ask(query, std::move(done));
}

CaresResolver::Questions& CaresResolver::questions_on(io::Loop& loop) {
    std::erase_if(retired_, [](const auto& questions) { return questions->idle(); });
    if (options_.servers.empty()) follow_the_system(loop.now());
    if (!questions_) questions_ = std::make_shared<Questions>(loop, options_, hosts_);
    return *questions_;
}

void CaresResolver::follow_the_system(Instant now) {
    if (now < next_look_) return;
    next_look_ = now + options_.look_again;
    const auto conf = state_of(options_.resolv_conf);
    if (conf == conf_) return;
    conf_ = conf;
    if (questions_) retired_.push_back(std::move(questions_));
}

namespace {

struct SystemResolver {
    std::unique_ptr<CaresResolver> resolver = std::make_unique<CaresResolver>();

    // It drops what is under way, which needs all of the loop.
    void shut_down() { resolver.reset(); }
};

}  // namespace

Resolver& system_resolver(io::Loop& loop) { return *io::part_of<SystemResolver>(loop).resolver; }

}  // namespace tautline::resolve
