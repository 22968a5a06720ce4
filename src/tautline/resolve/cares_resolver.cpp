// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_resolver.hpp>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <span>

#include <ares.h>
#include <netinet/in.h>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/proto/dns/answer_cache.hpp>
#include <tautline/proto/dns/service_answer.hpp>

namespace tautline::resolve {

namespace {

using eyeballs::Answer;
using eyeballs::Freshness;
using eyeballs::RecordType;

constexpr int kHttpsType = 65;
// Where a negative answer has no time: c-ares keeps the message of an address query to itself.
constexpr std::uint32_t kNegativeSeconds = 10;
constexpr Duration kMaxNegativeTime = std::chrono::hours(24);
constexpr int kEdnsBytes = 1232;  // what fits every path without fragments

Answer failed(const std::string& cause) {
    return eyeballs::LookupFailed{
        Error{.code = TransportError::resolve_failed, .phase = Phase::resolve, .message = cause}};
}

Answer nothing(RecordType type) {
    if (type == RecordType::https) return std::vector<dns::ServiceRecord>();
    return std::vector<IpAddress>();
}

bool is_or_is_below(std::string_view name, std::string_view domain) {
    if (!name.ends_with(domain)) return false;
    name.remove_suffix(domain.size());
    return name.empty() || name.ends_with('.');
}

// RFC 6761 sections 6.3 and 6.4: names that are never asked for.
std::optional<Answer> answer_of_ours(const eyeballs::SendQuery& query) {
    if (is_or_is_below(query.name, "invalid")) return nothing(query.type);
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
            if (hosts.find(record.target).empty()) continue;
            record.ipv4_hints.clear();
            record.ipv6_hints.clear();
        }
    }
    return answer;
}

IpAddress address_of(const ares_addrinfo_node& node) {
    if (node.ai_family == AF_INET6) {
        IpAddress::V6 bytes{};
        const auto& v6 = *reinterpret_cast<const sockaddr_in6*>(node.ai_addr);
        std::ranges::copy(v6.sin6_addr.s6_addr, bytes.begin());
        return IpAddress(bytes);
    }
    IpAddress::V4 bytes{};
    const auto& v4 = *reinterpret_cast<const sockaddr_in*>(node.ai_addr);
    std::copy_n(reinterpret_cast<const std::uint8_t*>(&v4.sin_addr), bytes.size(), bytes.begin());
    return IpAddress(bytes);
}

// An answer of c-ares, and how long it is valid.
struct Brought {
    Answer answer;
    std::uint32_t ttl_seconds = 0;
    bool negative = false;
};

Brought negative(RecordType type, Bytes message) {
    const auto said = dns::read_negative_ttl(message).value_or(kNegativeSeconds);
    return {nothing(type), std::max(said, std::uint32_t{1}), true};
}

Brought addresses_of(const ares_addrinfo* info) {
    std::vector<IpAddress> addresses;
    int ttl = 0;
    for (const auto* node = info->nodes; node != nullptr; node = node->ai_next) {
        ttl = addresses.empty() ? node->ai_ttl : std::min(ttl, node->ai_ttl);
        addresses.push_back(address_of(*node));
    }
    return {std::move(addresses), static_cast<std::uint32_t>(std::max(ttl, 0))};
}

Brought services_of(Bytes message, std::string_view name) {
    auto answer = dns::read_service_answer(message, name);
    if (!answer) return {failed(std::string(dns::message_for(answer.error())))};
    if (!answer->alias.empty()) return {eyeballs::Alias{answer->alias}, answer->ttl_seconds};
    if (answer->records.empty()) return negative(RecordType::https, message);
    return {std::move(answer->records), answer->ttl_seconds};
}

Brought failure_of(int status, RecordType type, Bytes message) {
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) return negative(type, message);
    return {failed(ares_strerror(status))};
}

void initialise_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

}  // namespace

/// A channel of c-ares on one loop: its sockets, its timer, its questions.
class CaresResolver::Channel final : private io::TimerNode {
public:
    Channel(io::Loop& loop, const CaresOptions& options, HostsFile& hosts)
        : loop_(loop),
          hosts_(hosts),
          cache_(options.max_cached_answers),
          max_negative_seconds_(static_cast<std::uint32_t>(
              std::clamp(options.max_negative_time, Duration::zero(), kMaxNegativeTime) /
              std::chrono::seconds(1))) {
        initialise_library();
        ares_options setup{};
        setup.flags = ARES_FLAG_EDNS;
        setup.ednspsz = kEdnsBytes;
        setup.timeout = static_cast<int>(
            std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout).count());
        setup.tries = options.tries;
        setup.sock_state_cb = [](void* self, int fd, int readable, int writable) {
            static_cast<Channel*>(self)->watch(fd, {readable != 0, writable != 0});
        };
        setup.sock_state_cb_data = this;
        std::string lookups = "b";  // name servers alone: the hosts file has been looked into
        setup.lookups = lookups.data();
        status_ = ares_init_options(&channel_, &setup,
                                    ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
                                        ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS);
        if (status_ == ARES_SUCCESS && !options.servers.empty()) {
            status_ = ares_set_servers_ports_csv(channel_, options.servers.c_str());
        }
    }
    ~Channel() override {
        ending_ = true;
        if (channel_ != nullptr) ares_destroy(channel_);
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    std::unique_ptr<io::Operation> ask(const eyeballs::SendQuery& query, OnAnswer done);

private:
    // Owned by c-ares until it calls back. `done` is empty once nobody waits.
    struct Question {
        Channel& channel;
        std::string name;
        RecordType type;
        OnAnswer done;
        std::shared_ptr<Question> self;  // until c-ares has called back
    };
    class Asked final : public io::Operation {
    public:
        explicit Asked(std::shared_ptr<Question> question) : question_(std::move(question)) {}
        ~Asked() override { question_->done = nullptr; }

    private:
        std::shared_ptr<Question> question_;
    };
    // A socket of c-ares in the set of the loop.
    struct Watch final : io::ReadyHandler {
        Watch(Channel& owner, int descriptor)
            : channel(owner),
              fd(descriptor),
              entry(owner.loop_.readiness().add(descriptor, *this)) {}
        void on_readable() override { channel.process(fd, ARES_SOCKET_BAD); }
        void on_writable() override { channel.process(ARES_SOCKET_BAD, fd); }
        void on_unwatchable(std::error_code) override {}
        Channel& channel;
        int fd;
        io::ReadinessSet::Entry entry;
    };

    void send(const std::shared_ptr<Question>& pending);
    void watch(int fd, io::Interest interest);
    void process(int readable, int writable) {
        ares_process_fd(channel_, readable, writable);
        schedule();
    }
    void on_timer(Instant) override { process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }
    void schedule();
    static void finish(Question& question, Brought brought);
    void keep(const Question& question, const Brought& brought);

    io::Loop& loop_;
    HostsFile& hosts_;
    ares_channel channel_ = nullptr;
    int status_ = ARES_SUCCESS;
    bool ending_ = false;
    std::map<int, std::shared_ptr<Watch>> watches_;
    dns::AnswerCache<Answer> cache_;
    std::uint32_t max_negative_seconds_;
};

std::unique_ptr<io::Operation> CaresResolver::Channel::ask(const eyeballs::SendQuery& query,
                                                           OnAnswer done) {
    if (status_ != ARES_SUCCESS) {
        return answer_later(loop_, failed(ares_strerror(status_)), Freshness::fresh, {},
                            std::move(done));
    }
    if (auto known =
            cache_.find(query.name, static_cast<int>(query.type), query.allow_stale, loop_.now())) {
        const auto freshness = known->stale ? Freshness::stale : Freshness::fresh;
        return answer_later(loop_, without_overridden_hints(std::move(known->answer), hosts_),
                            freshness, {}, std::move(done));
    }
    auto question =
        std::make_shared<Question>(*this, query.name, query.type, std::move(done), nullptr);
    // In a later turn, as c-ares may call back at once.
    loop_.post([question, this] {
        if (question->done) send(question);
    });
    return std::make_unique<Asked>(std::move(question));
}

void CaresResolver::Channel::send(const std::shared_ptr<Question>& pending) {
    Question& question = *pending;
    question.self = pending;
    if (question.type == RecordType::https) {
        ares_query(
            channel_, question.name.c_str(), 1, kHttpsType,
            [](void* asked, int status, int, unsigned char* message, int size) {
                auto& self = *static_cast<Question*>(asked);
                const auto bytes = message == nullptr
                                       ? Bytes()
                                       : std::as_bytes(std::span(message, std::size_t(size)));
                finish(self, status == ARES_SUCCESS ? services_of(bytes, self.name)
                                                    : failure_of(status, self.type, bytes));
            },
            &question);
    } else {
        ares_addrinfo_hints hints{};
        hints.ai_family = question.type == RecordType::aaaa ? AF_INET6 : AF_INET;
        hints.ai_flags = ARES_AI_NOSORT;
        ares_getaddrinfo(
            channel_, question.name.c_str(), nullptr, &hints,
            [](void* asked, int status, int, ares_addrinfo* info) {
                auto& self = *static_cast<Question*>(asked);
                finish(self, status == ARES_SUCCESS ? addresses_of(info)
                                                    : failure_of(status, self.type, {}));
                if (info != nullptr) ares_freeaddrinfo(info);
            },
            &question);
    }
    schedule();
}

// Ends a question with the answer of c-ares.
void CaresResolver::Channel::finish(Question& question, Brought brought) {
    const auto self = std::exchange(question.self, nullptr);
    auto& channel = question.channel;
    if (channel.ending_) return;
    // Without any answer the last one may still be of use.
    if (!std::holds_alternative<eyeballs::LookupFailed>(brought.answer))
        channel.keep(question, brought);
    auto answer = without_overridden_hints(std::move(brought.answer), channel.hosts_);
    // In a later turn: the callback may destroy the resolver, whose function is still running.
    channel.loop_.post([self, answer = std::move(answer)]() mutable {
        if (auto done = std::exchange(self->done, nullptr)) {
            done(std::move(answer), Freshness::fresh);
        }
    });
}

void CaresResolver::Channel::keep(const Question& question, const Brought& brought) {
    const int type = static_cast<int>(question.type);
    const auto& [answer, seconds, negative] = brought;
    if (!negative) return cache_.add(question.name, type, answer, seconds, loop_.now());
    cache_.add_negative(question.name, type, answer, std::min(seconds, max_negative_seconds_),
                        loop_.now());
}

void CaresResolver::Channel::watch(int fd, io::Interest interest) {
    if (!interest.any()) {
        if (const auto known = watches_.find(fd); known != watches_.end()) {
            // Leave the set at once: c-ares closes the socket now. The handler may be running:
            // retire it.
            known->second->entry = {};
            loop_.retire(std::move(known->second));
            watches_.erase(known);
        }
        return;
    }
    auto& watch = watches_[fd];
    if (!watch) watch = std::make_shared<Watch>(*this, fd);
    watch->entry.set_interest(interest);
}

void CaresResolver::Channel::schedule() {
    timeval wait{};
    if (ares_timeout(channel_, nullptr, &wait) == nullptr) return loop_.timers().cancel(*this);
    loop_.timers().schedule(*this, loop_.now() + std::chrono::seconds(wait.tv_sec) +
                                       std::chrono::microseconds(wait.tv_usec));
}

CaresResolver::CaresResolver(CaresOptions options)
    : options_(std::move(options)), hosts_(options_.hosts_file) {}

CaresResolver::~CaresResolver() = default;

std::unique_ptr<io::Operation> CaresResolver::ask(io::Loop& loop, const eyeballs::SendQuery& query,
                                                  OnAnswer done) {
    auto local = answer_of_ours(query);
    if (!local) local = answer_of_hosts(hosts_, query);
    if (local) {
        return answer_later(loop, std::move(*local), Freshness::fresh, {}, std::move(done));
    }
    if (!channel_) channel_ = std::make_unique<Channel>(loop, options_, hosts_);
    return channel_->ask(query, std::move(done));
}

namespace {

class ResolverService final : public asio::execution_context::service {
public:
    static inline asio::execution_context::id id;
    explicit ResolverService(asio::execution_context& context) : service(context) {}
    std::unique_ptr<CaresResolver> resolver = std::make_unique<CaresResolver>();

private:
    // Services shut down in the reverse order of their creation: the loop still exists.
    void shutdown() override { resolver.reset(); }
};

}  // namespace

Resolver& system_resolver(io::Loop& loop) {
    return *asio::use_service<ResolverService>(loop.context()).resolver;
}

}  // namespace tautline::resolve
