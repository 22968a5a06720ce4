// SPDX-License-Identifier: MIT
#include <tautline/proto/eyeballs/dns_phase.hpp>

#include <algorithm>
#include <utility>

#include <tautline/base/deadline.hpp>
#include <tautline/proto/eyeballs/nat64.hpp>
#include <tautline/proto/eyeballs/service_order.hpp>

namespace tautline::eyeballs {

namespace {

constexpr std::uint16_t kDefaultPort = 443;
// A stale answer and the fresh one may lead to different names.
constexpr std::size_t kGenerations = 2;

bool asks_for_v6(const NetworkConfig& config) { return config.ip != IpMode::v4_only; }

// Behind a NAT64 an IPv4 address is of use without IPv4.
bool asks_for_v4(const NetworkConfig& config) {
    return config.ip != IpMode::v6_only || config.nat64_prefix.has_value();
}

RecordType preferred_type(const NetworkConfig& config) {
    const bool v4 = config.ip == IpMode::prefer_v4 || config.ip == IpMode::v4_only;
    return v4 ? RecordType::a : RecordType::aaaa;
}

RecordType other_family(RecordType type) {
    return type == RecordType::a ? RecordType::aaaa : RecordType::a;
}

const std::vector<IpAddress>& hints_of(const dns::ServiceRecord& record, RecordType type) {
    return type == RecordType::aaaa ? record.ipv6_hints : record.ipv4_hints;
}

bool is_literal(const std::string& host) { return IpAddress::parse(host).has_value(); }

}  // namespace

std::string https_query_name(const Origin& origin) {
    if (origin.port == kDefaultPort) return origin.host;
    return "_" + std::to_string(origin.port) + "._https." + origin.host;
}

void DnsPhase::start(Instant now) {
    const NetworkConfig& config = setup_->config;
    const Origin& origin = setup_->origin;
    if (config.resolution == Resolution::by_name) return;
    if (!is_literal(origin.host) && origin.secure && config.query_https) {
        ask(https_query_name(origin), RecordType::https, now);
    }
    ask_addresses(origin.host, now);
    for (const AltService& service : config.alt_services) {
        if (!service.host.empty()) ask_addresses(service.host, now);
    }
}

void DnsPhase::ask_addresses(const std::string& name, Instant now) {
    const NetworkConfig& config = setup_->config;
    if (config.resolution != Resolution::by_address || is_literal(name)) return;
    const bool known = find(name, preferred_type(config)) != nullptr;
    if (known || names() >= config.max_targets) return;
    if (names_asked_ >= kGenerations * config.max_targets) return;
    ++names_asked_;
    if (asks_for_v6(config)) ask(name, RecordType::aaaa, now);
    if (asks_for_v4(config)) ask(name, RecordType::a, now);
}

void DnsPhase::ask_alias(const std::string& name, Instant now) {
    const bool known = find(name, RecordType::https) != nullptr;
    if (known || aliases_asked_ >= kGenerations * setup_->config.max_alias_hops) return;
    ++aliases_asked_;
    ask(name, RecordType::https, now);
}

std::size_t DnsPhase::names() const {
    const RecordType type = preferred_type(setup_->config);
    return static_cast<std::size_t>(std::ranges::count(lookups_, type, &Lookup::type));
}

void DnsPhase::ask(const std::string& name, RecordType type, Instant now) {
    Lookup& lookup = lookups_.emplace_back();
    lookup.name = name;
    lookup.type = type;
    send(lookup, setup_->config.allow_stale, now);
}

void DnsPhase::send(Lookup& lookup, bool allow_stale, Instant now) {
    lookup.id = QueryId(++queries_);
    lookup.deadline = now + setup_->config.query_timeout;
    outputs_.push_back(
        SendQuery{lookup.id, lookup.name, lookup.type, allow_stale, is_absolute(lookup.name)});
}

// RFC 9460 section 2.1: targets are whole names. What others say of the origin leads nowhere else
// than they say.
bool DnsPhase::is_absolute(const std::string& name) const {
    const Origin& origin = setup_->origin;
    return origin.absolute || (name != origin.host && name != https_query_name(origin));
}

void DnsPhase::handle_answer(QueryId id, const Answer& answer, Freshness freshness, Instant now) {
    auto lookup = std::ranges::find(lookups_, id, &Lookup::id);
    if (lookup == lookups_.end() || !lookup->deadline) return;
    lookup->deadline.reset();
    lookup->answered = true;
    if (!first_answer_) first_answer_ = now;
    store(*lookup, answer);
    if (lookup->type == RecordType::https) {
        forget_unreached();
        follow(now);
        lookup = std::ranges::find(lookups_, id, &Lookup::id);  // It has moved.
    }
    if (freshness == Freshness::stale && !lookup->refreshed) {
        lookup->refreshed = true;
        send(*lookup, false, now);
    }
}

// A failed refresh leaves what is known; every other answer replaces it.
void DnsPhase::store(Lookup& lookup, const Answer& answer) {
    if (const auto* failure = std::get_if<LookupFailed>(&answer)) {
        lookup.failure = failure->error;
        return;
    }
    lookup.failure.reset();
    lookup.records.clear();
    lookup.addresses.clear();
    lookup.alias.clear();
    const bool https = lookup.type == RecordType::https;
    if (const auto* records = std::get_if<std::vector<dns::ServiceRecord>>(&answer)) {
        if (https) store_records(lookup, *records);
    } else if (const auto* addresses = std::get_if<std::vector<IpAddress>>(&answer)) {
        if (!https) store_addresses(lookup, *addresses);
    } else if (https) {
        lookup.alias = normal_name(std::get<Alias>(answer).target);
        // A target is a name; one that looks like an address is no way to make us go there.
        if (is_literal(lookup.alias)) lookup.alias.clear();
    }
}

void DnsPhase::store_records(Lookup& lookup, const std::vector<dns::ServiceRecord>& records) {
    const std::size_t count = std::min(records.size(), setup_->config.max_records);
    lookup.records = order_services(
        {records.begin(), std::next(records.begin(), static_cast<std::ptrdiff_t>(count))},
        setup_->config, *random_);
}

void DnsPhase::store_addresses(Lookup& lookup, const std::vector<IpAddress>& addresses) const {
    const NetworkConfig& config = setup_->config;
    const bool v6 = lookup.type == RecordType::aaaa;
    for (const IpAddress& address : addresses) {
        if (lookup.addresses.size() == config.max_addresses) return;
        if (address.is_v6() != v6) continue;
        lookup.addresses.push_back(config.nat64_prefix ? synthesised(address, *config.nat64_prefix)
                                                       : address);
    }
}

// RFC 9460 section 3. The chain ends where it meets itself; `follow` keeps it within the limit.
std::vector<const DnsPhase::Lookup*> DnsPhase::alias_chain() const {
    std::vector<const Lookup*> chain;
    const Lookup* link = find(https_query_name(setup_->origin), RecordType::https);
    while (link != nullptr && std::ranges::find(chain, link) == chain.end()) {
        chain.push_back(link);
        link = link->alias.empty() ? nullptr : find(link->alias, RecordType::https);
    }
    return chain;
}

void DnsPhase::follow(Instant now) {
    const auto chain = alias_chain();
    for (const dns::ServiceRecord& record : chain.back()->records) {
        ask_addresses(record.target, now);
    }
    const std::string& alias = chain.back()->alias;
    if (alias.empty() || chain.size() > setup_->config.max_alias_hops) return;
    ask_alias(alias, now);
    ask_addresses(alias, now);
}

bool DnsPhase::reached(const Lookup& lookup, const std::vector<const Lookup*>& chain) const {
    if (lookup.type == RecordType::https) return std::ranges::find(chain, &lookup) != chain.end();
    const std::string& name = lookup.name;
    if (name == setup_->origin.host) return true;
    const bool alternative =
        std::ranges::find(setup_->config.alt_services, name, &AltService::host) !=
        setup_->config.alt_services.end();
    return alternative || std::ranges::any_of(chain, [&](const Lookup* link) {
               return link->alias == name ||
                      std::ranges::find(link->records, name, &dns::ServiceRecord::target) !=
                          link->records.end();
           });
}

void DnsPhase::forget_unreached() {
    const auto chain = alias_chain();
    std::vector<QueryId> unreached;
    for (const Lookup& lookup : lookups_) {
        if (reached(lookup, chain)) continue;
        unreached.push_back(lookup.id);
        if (lookup.deadline) outputs_.push_back(CancelQuery{lookup.id});
    }
    std::erase_if(lookups_, [&](const Lookup& lookup) {
        return std::ranges::find(unreached, lookup.id) != unreached.end();
    });
}

void DnsPhase::handle_timeout(Instant now) {
    for (Lookup& lookup : lookups_) {
        if (is_due(lookup.deadline, now)) time_out(lookup);
    }
}

void DnsPhase::give_up() {
    for (Lookup& lookup : lookups_) {
        if (lookup.deadline) time_out(lookup);
    }
}

void DnsPhase::time_out(Lookup& lookup) {
    lookup.deadline.reset();
    lookup.answered = true;
    lookup.failure = Error{};
    outputs_.push_back(CancelQuery{lookup.id});
}

void DnsPhase::cancel() {
    for (Lookup& lookup : lookups_) {
        if (lookup.deadline) outputs_.push_back(CancelQuery{lookup.id});
        lookup.deadline.reset();
    }
}

std::optional<Output> DnsPhase::poll_output() {
    if (outputs_.empty()) return std::nullopt;
    Output output = std::move(outputs_.front());
    outputs_.pop_front();
    return output;
}

std::optional<Instant> DnsPhase::next_timeout() const {
    std::optional<Instant> earliest;
    for (const Lookup& lookup : lookups_) earliest = earlier(earliest, lookup.deadline);
    return earliest;
}

bool DnsPhase::pending() const {
    return std::ranges::any_of(lookups_,
                               [](const Lookup& lookup) { return bool(lookup.deadline); });
}

const DnsPhase::Lookup* DnsPhase::find(const std::string& name, RecordType type) const {
    const auto found = std::ranges::find_if(
        lookups_, [&](const Lookup& lookup) { return lookup.type == type && lookup.name == name; });
    return found == lookups_.end() ? nullptr : &*found;
}

bool DnsPhase::https_missing() const {
    return std::ranges::any_of(lookups_, [](const Lookup& lookup) {
        return lookup.type == RecordType::https && !lookup.answered;
    });
}

bool DnsPhase::https_relied_on() const {
    return setup_->config.dns_protected && setup_->config.ech;
}

bool DnsPhase::https_awaited() const {
    return https_missing() &&
           (https_relied_on() || setup_->config.resolution != Resolution::by_address);
}

// The name that matters is the one to be tried first: the target of the best record, else the end
// of the aliases, else the origin. Where it has no address of the preferred family, the other
// family is waited for too: an address of a name that comes later must not get ahead.
bool DnsPhase::first_name_answered() const {
    const Resolved known = resolved();
    const auto* best = known.records.empty() ? nullptr : &known.records.front();
    std::string name = known.aliases.empty() ? setup_->origin.host : known.aliases.front();
    if (best != nullptr) name = best->target;
    const RecordType preferred = preferred_type(setup_->config);
    for (const RecordType type : {preferred, other_family(preferred)}) {
        if (best != nullptr && !hints_of(*best, type).empty()) return true;
        const Lookup* lookup = find(name, type);
        if (lookup == nullptr) continue;
        if (!lookup->answered || !lookup->addresses.empty()) return lookup->answered;
    }
    return true;
}

bool DnsPhase::ready(Instant now) const {
    if (forbidden() || https_awaited()) return false;
    if (!pending()) return true;
    const bool waits = setup_->config.wait_for_preferred_family;
    if (!https_missing() && (!waits || first_name_answered())) return true;
    return first_answer_ && now >= *first_answer_ + setup_->config.resolution_delay;
}

std::optional<Instant> DnsPhase::ready_at() const {
    if (!first_answer_) return std::nullopt;
    const Instant moment = *first_answer_ + setup_->config.resolution_delay;
    return ready(moment) ? std::optional(moment) : std::nullopt;
}

bool DnsPhase::forbidden() const {
    if (!https_relied_on()) return false;
    // RFC 9460 section 3.1: who relies on the records gives up where the chain leads to none. An
    // alias at its end is one that was not followed: it leads back, or too far.
    const auto chain = alias_chain();
    return (!chain.empty() && !chain.back()->alias.empty()) ||
           std::ranges::any_of(lookups_, [](const Lookup& lookup) {
               return lookup.type == RecordType::https && lookup.failure &&
                      lookup.records.empty() && lookup.alias.empty();
           });
}

Resolved DnsPhase::resolved() const {
    Resolved known;
    for (const Lookup* link : alias_chain()) {
        known.records = link->records;
        if (!link->alias.empty()) known.aliases.insert(known.aliases.begin(), link->alias);
    }
    for (const Lookup& lookup : lookups_) {
        if (lookup.type == RecordType::https) continue;
        auto name = std::ranges::find(known.names, lookup.name, &ResolvedName::name);
        if (name == known.names.end()) name = known.names.insert(name, {lookup.name, {}});
        name->addresses.insert(name->addresses.end(), lookup.addresses.begin(),
                               lookup.addresses.end());
    }
    return known;
}

std::vector<QueryReport> DnsPhase::failures() const {
    std::vector<QueryReport> failed;
    for (const Lookup& lookup : lookups_) {
        if (lookup.failure) failed.push_back({lookup.name, lookup.type, *lookup.failure});
    }
    return failed;
}

}  // namespace tautline::eyeballs
