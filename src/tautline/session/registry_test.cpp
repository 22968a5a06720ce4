// SPDX-License-Identifier: MIT
#include <tautline/session/registry.hpp>

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tautline::session {
namespace {

struct Guest final : SharedMember {
    explicit Guest(Registry& home) : registry(home) {}
    void go_away() override { (void)registry.remove(*this); }
    void drop() override { ++dropped; }

    Registry& registry;
    int dropped = 0;
};

TEST(Registry, OwnsItsMembersUntilTheyAreRemoved) {
    Registry registry;
    auto guest = std::make_shared<Guest>(registry);
    const std::weak_ptr<Guest> weak = guest;
    registry.add(guest);
    guest.reset();
    EXPECT_EQ(registry.size(), 1U);
    EXPECT_FALSE(weak.expired());
    EXPECT_EQ(registry.remove(*weak.lock()).get(), weak.lock().get());
    EXPECT_TRUE(weak.expired());
}

TEST(Registry, RemovesInAnyOrder) {
    Registry registry;
    std::vector<Guest*> guests;
    for (int i = 0; i < 5; ++i) {
        auto guest = std::make_shared<Guest>(registry);
        guests.push_back(guest.get());
        registry.add(std::move(guest));
    }
    for (const std::size_t place : {1U, 4U, 0U, 2U, 3U}) (void)registry.remove(*guests[place]);
    EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, TellsWhenItIsEmpty) {
    Registry registry;
    int times = 0;
    registry.set_on_empty([&] { ++times; });
    for (int i = 0; i < 2; ++i) registry.add(std::make_shared<Guest>(registry));
    const auto last = std::make_shared<Guest>(registry);
    registry.add(last);
    (void)registry.remove(*last);
    EXPECT_EQ(times, 0);

    registry.go_away();

    EXPECT_EQ(times, 1);
}

TEST(Registry, MembersMayRemoveThemselvesWhenTheyAreToldToGo) {
    Registry registry;
    for (int i = 0; i < 5; ++i) registry.add(std::make_shared<Guest>(registry));
    registry.go_away();
    EXPECT_EQ(registry.size(), 0U);
}

TEST(Registry, TellsEveryMemberToDrop) {
    Registry registry;
    auto guest = std::make_shared<Guest>(registry);
    registry.add(guest);
    registry.drop();
    EXPECT_EQ(guest->dropped, 1);
    registry.clear();
    EXPECT_EQ(guest.use_count(), 1);
}

struct Sole final : Member {
    explicit Sole(int& counter) : destroyed(counter) {}
    ~Sole() override { ++destroyed; }
    void go_away() override {}
    void drop() override {}
    int& destroyed;
};

TEST(Registry, HandsOverAMemberThatItAloneOwns) {
    int destroyed = 0;
    Registry registry;
    auto sole = std::make_unique<Sole>(destroyed);
    Sole& member = *sole;
    registry.add(std::move(sole));
    {
        const auto owner = registry.remove(member);
        EXPECT_EQ(destroyed, 0);
    }
    EXPECT_EQ(destroyed, 1);
}

TEST(Registry, DestroysWhatIsLeftAtItsEnd) {
    int destroyed = 0;
    {
        Registry registry;
        registry.add(std::make_unique<Sole>(destroyed));
        registry.add(std::make_unique<Sole>(destroyed));
    }
    EXPECT_EQ(destroyed, 2);
}

// Removes the others, one for each time that it is told.
struct Leader final : SharedMember {
    explicit Leader(Registry& home) : registry(home) {}
    void go_away() override {
        ++told;
        if (followers.empty()) return;
        (void)registry.remove(*followers.back());
        followers.pop_back();
    }
    void drop() override {}

    Registry& registry;
    std::vector<Member*> followers;
    int told = 0;
};

TEST(Registry, EveryMemberIsToldThoughOthersAreRemovedMeanwhile) {
    for (std::size_t removed = 0; removed < 5; ++removed) {
        Registry registry;
        std::vector<std::shared_ptr<Leader>> leaders;
        for (int i = 0; i < 5; ++i) leaders.push_back(std::make_shared<Leader>(registry));
        for (const auto& leader : leaders) registry.add(leader);
        leaders.back()->followers.push_back(leaders[removed].get());
        registry.go_away();
        EXPECT_EQ(registry.size(), 4U);
        for (std::size_t i = 0; i < 5; ++i) {
            EXPECT_TRUE(leaders[i]->told > 0 || i == removed) << i << removed;
        }
    }
}

// Removes all others when it is told.
struct LastOne final : SharedMember {
    explicit LastOne(Registry& home) : registry(home) {}
    void go_away() override {
        for (Member* other : std::exchange(others, {})) (void)registry.remove(*other);
    }
    void drop() override {}

    Registry& registry;
    std::vector<Member*> others;
};

TEST(Registry, NobodyIsToldWhoWasRemovedMeanwhile) {
    Registry registry;
    std::vector<std::shared_ptr<Leader>> leaders;
    const auto last = std::make_shared<LastOne>(registry);
    for (int i = 0; i < 5; ++i) {
        leaders.push_back(std::make_shared<Leader>(registry));
        registry.add(leaders.back());
        last->others.push_back(leaders.back().get());
    }
    registry.add(last);

    registry.go_away();

    EXPECT_EQ(registry.size(), 1U);
    for (const auto& leader : leaders) EXPECT_EQ(leader->told, 0);
}

TEST(RegistryDeathTest, KnowsOnlyItsMembers) {
    Registry registry;
    Guest stranger(registry);
    EXPECT_DEATH((void)registry.remove(stranger), "contract broken");
}

}  // namespace
}  // namespace tautline::session
