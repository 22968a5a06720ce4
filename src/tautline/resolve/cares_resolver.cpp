// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_resolver.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <span>

#include <ares.h>

#include <tautline/base/assert.hpp>
#include <tautline/base/bytes.hpp>
#include <tautline/io/readiness_set.hpp>
#include <tautline/io/timer_wheel.hpp>
#include <tautline/proto/dns/answer_cache.hpp>
#include <tautline/proto/dns/negative_ttl.hpp>
#include <tautline/proto/dns/service_answer.hpp>
#include <tautline/proto/dns/wire_name.hpp>

namespace tautline::resolve {

namespace {

using eyeballs::Answer;
using eyeballs::Freshness;
using eyeballs::RecordType;

constexpr int kInternet = 1;
constexpr std::size_t kHeaderBytes = 12;
constexpr int kMaxAddresses = 256;  // of an answer
constexpr int kEdnsBytes = 1232;    // what fits every path without fragments

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
            if (record.ipv4_hints.empty() && record.ipv6_hints.empty()) continue;
            if (hosts.find(record.target).empty()) continue;
            record.ipv4_hints.clear();
            record.ipv6_hints.clear();
        }
    }
    return answer;
}

// An answer of c-ares, and how long it is valid.
struct Brought {
    Answer answer;
    Duration lifetime{};
};

int number_of(RecordType type) {
    switch (type) {
        case RecordType::a: return 1;
        case RecordType::aaaa: return 28;
        case RecordType::https: break;
    }
    return 65;
}

// What c-ares calls the addresses of an answer: its functions and structures of a family.
struct V4 {
    using Entry = ares_addrttl;
    static constexpr auto parse = ares_parse_a_reply;
    static const void* bytes(const Entry& entry) { return &entry.ipaddr; }
    using Bytes = IpAddress::V4;
};
struct V6 {
    using Entry = ares_addr6ttl;
    static constexpr auto parse = ares_parse_aaaa_reply;
    static const void* bytes(const Entry& entry) { return &entry.ip6addr; }
    using Bytes = IpAddress::V6;
};

template <typename Family>
Brought addresses_of(Bytes message) {
    std::array<typename Family::Entry, kMaxAddresses> entries{};
    int count = kMaxAddresses;
    const auto* data = reinterpret_cast<const unsigned char*>(message.data());
    const int status =
        Family::parse(data, static_cast<int>(message.size()), nullptr, entries.data(), &count);
    if (status == ARES_ENODATA) return {std::vector<IpAddress>()};
    if (status != ARES_SUCCESS) return {failed(ares_strerror(status))};
    std::vector<IpAddress> addresses;
    int ttl = entries.front().ttl;
    for (const auto& entry : std::span(entries).first(static_cast<std::size_t>(count))) {
        typename Family::Bytes bytes{};
        std::memcpy(bytes.data(), Family::bytes(entry), bytes.size());
        addresses.emplace_back(bytes);
        ttl = std::min(ttl, entry.ttl);
    }
    return {std::move(addresses), std::chrono::seconds(std::max(ttl, 0))};
}

// With a search list the answer may be about a longer name than the question was.
Brought services_of(Bytes message, RandomBytes& random) {
    const auto name = dns::read_name(message, kHeaderBytes, dns::Compression::refused);
    auto answer = dns::read_service_answer(message, name ? name->text : "");
    if (!answer) return {failed(std::string(dns::message_for(answer.error())))};
    const std::chrono::seconds lifetime(answer->ttl_seconds);
    if (!answer->aliases.empty()) {
        return {eyeballs::Alias{dns::choose_alias(answer->aliases, random)}, lifetime};
    }
    return {std::move(answer->records), lifetime};
}

Brought brought_by(int status, RecordType type, Bytes message, RandomBytes& random) {
    if (status == ARES_ENOTFOUND || status == ARES_ENODATA) return {nothing(type)};
    if (status != ARES_SUCCESS) return {failed(ares_strerror(status))};
    switch (type) {
        case RecordType::a: return addresses_of<V4>(message);
        case RecordType::aaaa: return addresses_of<V6>(message);
        case RecordType::https: break;
    }
    return services_of(message, random);
}

bool is_negative(const Answer& answer) {
    if (const auto* records = std::get_if<std::vector<dns::ServiceRecord>>(&answer)) {
        return records->empty();
    }
    const auto* addresses = std::get_if<std::vector<IpAddress>>(&answer);
    return addresses != nullptr && addresses->empty();
}

Duration negative_lifetime(Bytes message, const CaresOptions& options) {
    const auto told = dns::read_negative_ttl(message);
    if (!told) return options.negative_time;
    const std::chrono::seconds lifetime(std::max(*told, 1U));
    return std::min<Duration>(lifetime, options.max_negative_time);
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
        : loop_(loop), options_(options), hosts_(hosts), cache_(options.max_cached_answers) {
        initialise_library();
        ares_options setup{};
        setup.flags = ARES_FLAG_EDNS;
        setup.udp_port = setup.tcp_port = options.port;
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
        std::string resolv_conf = options.resolv_conf;
        setup.resolvconf_path = resolv_conf.data();
        status_ =
            ares_init_options(&channel_, &setup,
                              ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
                                  ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS |
                                  ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT);
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
    /// No question is in flight.
    [[nodiscard]] bool idle() const { return *open_ == 0; }

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

    io::Loop& loop_;
    const CaresOptions& options_;
    HostsFile& hosts_;
    ares_channel channel_ = nullptr;
    int status_ = ARES_SUCCESS;
    bool ending_ = false;
    std::shared_ptr<std::size_t> open_ = std::make_shared<std::size_t>(0);
    std::map<int, std::shared_ptr<Watch>> watches_;
    dns::AnswerCache<Answer> cache_;
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
    ++*open_;
    // In a later turn, as c-ares may call back at once.
    loop_.post([question, open = open_, this] {
        // Whoever waits keeps the resolver; without him it may be gone.
        if (question->done) return send(question);
        --*open;
    });
    return std::make_unique<Asked>(std::move(question));
}

void CaresResolver::Channel::send(const std::shared_ptr<Question>& pending) {
    Question& question = *pending;
    question.self = pending;
    // A search would go on where a name has addresses and no HTTPS records, and mix two names.
    const bool whole = question.type == RecordType::https && host_of(question.name).contains('.');
    (whole ? ares_query : ares_search)(
        channel_, question.name.c_str(), kInternet, number_of(question.type),
        [](void* asked, int status, int, unsigned char* message, int size) {
            auto& self = *static_cast<Question*>(asked);
            const auto bytes = std::as_bytes(std::span(message, static_cast<std::size_t>(size)));
            auto brought = brought_by(status, self.type, bytes, self.channel.loop_.random());
            if (is_negative(brought.answer)) {
                brought.lifetime = negative_lifetime(bytes, self.channel.options_);
            }
            finish(self, std::move(brought));
        },
        &question);
    schedule();
}

// Ends a question with the answer of c-ares.
void CaresResolver::Channel::finish(Question& question, Brought brought) {
    const auto self = std::exchange(question.self, nullptr);
    auto& channel = question.channel;
    if (channel.ending_) return;
    --*channel.open_;
    // Without any answer the last one may still be of use.
    if (!std::holds_alternative<eyeballs::LookupFailed>(brought.answer)) {
        channel.cache_.add(question.name, static_cast<int>(question.type), brought.answer,
                           static_cast<std::uint32_t>(brought.lifetime / std::chrono::seconds(1)),
                           channel.loop_.now());
    }
    auto answer = without_overridden_hints(std::move(brought.answer), channel.hosts_);
    // In a later turn: the callback may destroy the resolver, whose function is still running.
    channel.loop_.post([self, answer = std::move(answer)]() mutable {
        if (auto done = std::exchange(self->done, nullptr)) {
            done(std::move(answer), Freshness::fresh);
        }
    });
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
    return channel_of(loop).ask(query, std::move(done));
}

CaresResolver::Channel& CaresResolver::channel_of(io::Loop& loop) {
    std::erase_if(retired_, [](const auto& channel) { return channel->idle(); });
    if (options_.servers.empty()) follow_the_system(loop.now());
    if (!channel_) channel_ = std::make_unique<Channel>(loop, options_, hosts_);
    return *channel_;
}

void CaresResolver::follow_the_system(Instant now) {
    if (now < next_look_) return;
    next_look_ = now + options_.look_again;
    const auto conf = state_of(options_.resolv_conf);
    if (conf == conf_) return;
    conf_ = conf;
    if (channel_) retired_.push_back(std::move(channel_));
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
