// SPDX-License-Identifier: MIT
#include <tautline/resolve/name_choice.hpp>

#include <gtest/gtest.h>

namespace tautline::resolve {
namespace {

using enum eyeballs::RecordType;

struct Choosing : testing::Test {
    NameChoice choice{{"db.a.test", "db.b.test", "db"}};
};

TEST_F(Choosing, BeginsWithTheFirstCandidate) {
    EXPECT_EQ(choice.name(), "db.a.test");
    EXPECT_FALSE(choice.settled());
}

TEST_F(Choosing, StaysWithANameThatExistsForAnyType) {
    for (const auto type : {https, aaaa, a}) {
        auto copy = choice;
        copy.handle("db.a.test", type, Finding::exists);
        EXPECT_TRUE(copy.settled());
        EXPECT_EQ(copy.name(), "db.a.test");
    }
}

TEST_F(Choosing, StaysWithANameThatHasNoA) {
    choice.handle("db.a.test", a, Finding::empty);

    EXPECT_TRUE(choice.settled());
    EXPECT_EQ(choice.name(), "db.a.test");
}

// There are servers that say so of every name.
TEST_F(Choosing, WaitsForAWhereAnotherTypeIsEmpty) {
    choice.handle("db.a.test", aaaa, Finding::empty);
    choice.handle("db.a.test", https, Finding::empty);
    EXPECT_FALSE(choice.settled());

    choice.handle("db.a.test", a, Finding::no_such_name);
    EXPECT_EQ(choice.name(), "db.b.test");
}

TEST_F(Choosing, GoesOnBehindANameThatIsMissing) {
    choice.handle("db.a.test", a, Finding::no_such_name);

    EXPECT_EQ(choice.name(), "db.b.test");
    EXPECT_FALSE(choice.settled());
}

TEST_F(Choosing, BelievesNoOtherTypeThatANameIsMissing) {
    choice.handle("db.a.test", aaaa, Finding::no_such_name);
    choice.handle("db.a.test", https, Finding::no_such_name);
    EXPECT_EQ(choice.name(), "db.a.test");

    choice.handle("db.a.test", a, Finding::exists);
    EXPECT_EQ(choice.name(), "db.a.test");
}

TEST_F(Choosing, StaysWhereAFailed) {
    choice.handle("db.a.test", a, Finding::failed);
    choice.handle("db.a.test", a, Finding::no_such_name);

    EXPECT_TRUE(choice.settled());
    EXPECT_EQ(choice.name(), "db.a.test");
}

TEST_F(Choosing, WaitsForAWhereAnotherTypeFailed) {
    choice.handle("db.a.test", aaaa, Finding::failed);
    EXPECT_FALSE(choice.settled());
}

TEST_F(Choosing, TakesTheLastInAnyCase) {
    choice.handle("db.a.test", a, Finding::no_such_name);
    choice.handle("db.b.test", a, Finding::no_such_name);

    EXPECT_TRUE(choice.settled());
    EXPECT_EQ(choice.name(), "db");
}

TEST_F(Choosing, HasNoChoiceOfOne) { EXPECT_TRUE(NameChoice({"db"}).settled()); }

TEST_F(Choosing, NeverGoesBack) {
    choice.handle("db.a.test", a, Finding::no_such_name);
    choice.handle("db.a.test", aaaa, Finding::exists);
    EXPECT_EQ(choice.name(), "db.b.test");
    EXPECT_FALSE(choice.settled());

    choice.handle("db.b.test", aaaa, Finding::exists);
    choice.handle("db.b.test", a, Finding::no_such_name);
    EXPECT_EQ(choice.name(), "db.b.test");
}

}  // namespace
}  // namespace tautline::resolve
