// SPDX-License-Identifier: MIT
#include <tautline/dial/h2_pool.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace tautline::dial {

namespace {

constexpr std::size_t kMaxOrigins = 256;
// One of several servers of an origin may have said so, or one that is replaced since.
constexpr auto kHttp1OnlyTime = std::chrono::hours(1);

}  // namespace

void H2Pool::add(const Origin& origin, const std::shared_ptr<H2Client>& client) {
    std::erase_if(open_, [](const Open& open) { return open.client.expired(); });
    open_.push_back({origin, client});
    client->live_on();
}

std::shared_ptr<H2Client> H2Pool::find(const Origin& origin) {
    if (!origin.shared) return nullptr;
    for (const auto& open : open_) {
        if (open.origin != origin) continue;
        auto client = open.client.lock();
        if (client && client->takes_websockets()) return client;
    }
    return nullptr;
}

void H2Pool::remember_http1_only(const Origin& origin, Instant now) {
    if (!origin.shared) return;
    std::erase_if(http1_only_, [&](const Http1Only& known) {
        return known.origin == origin || known.until <= now;
    });
    if (http1_only_.size() == kMaxOrigins) http1_only_.erase(http1_only_.begin());
    http1_only_.push_back({origin, now + kHttp1OnlyTime});
}

bool H2Pool::is_http1_only(const Origin& origin, Instant now) const {
    return std::ranges::any_of(http1_only_, [&](const Http1Only& known) {
        return known.origin == origin && now < known.until;
    });
}

}  // namespace tautline::dial
