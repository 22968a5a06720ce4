// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include <tautline/base/time.hpp>

namespace tautline::dns {

/// Answers by name and type, for as long as their time to live, and stale ones for a while longer.
///
/// Limits: `max_entries`; the one that expires first makes room. An answer without a time to live
/// is not kept, and neither is the one that it replaces. Stale answers are kept for `kStaleTime`.
template <typename Answer>
class AnswerCache {
public:
    static constexpr Duration kStaleTime = std::chrono::hours(24);

    struct Found {
        Answer answer;
        bool stale = false;
    };

    explicit AnswerCache(std::size_t max_entries) : max_entries_(max_entries) {}

    void add(const std::string& name, int type, Answer answer, std::uint32_t ttl_seconds,
             Instant now) {
        if (ttl_seconds == 0) entries_.erase({name, type});
        if (ttl_seconds == 0 || max_entries_ == 0) return;
        if (entries_.size() >= max_entries_ && !entries_.contains({name, type})) make_room();
        entries_.insert_or_assign(
            Key{name, type},
            Entry{std::move(answer),
                  now + std::min<Duration>(std::chrono::seconds(ttl_seconds), kStaleTime)});
    }

    /// The answer that is known now; a stale one only with `allow_stale`.
    [[nodiscard]] std::optional<Found> find(const std::string& name, int type, bool allow_stale,
                                            Instant now) const {
        const auto entry = entries_.find({name, type});
        if (entry == entries_.end()) return std::nullopt;
        const bool stale = now >= entry->second.ends;
        if (stale && (!allow_stale || now >= entry->second.ends + kStaleTime)) return std::nullopt;
        return Found{entry->second.answer, stale};
    }

    [[nodiscard]] std::size_t size() const { return entries_.size(); }

private:
    using Key = std::pair<std::string, int>;
    struct Entry {
        Answer answer;
        Instant ends;
    };
    void make_room() {
        auto first = entries_.begin();
        for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) {
            if (entry->second.ends < first->second.ends) first = entry;
        }
        entries_.erase(first);
    }

    std::size_t max_entries_;
    std::map<Key, Entry> entries_;
};

}  // namespace tautline::dns
