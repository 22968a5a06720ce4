// SPDX-License-Identifier: MIT
#include <tautline/proto/http/field_list.hpp>

#include <gtest/gtest.h>

namespace tautline::http {
namespace {

TEST(FieldList, FindsTheFirstFieldWithoutRegardToCase) {
    const FieldList fields{{"Host", "a"}, {"host", "b"}};
    EXPECT_EQ(fields.find("HOST"), "a");
    EXPECT_EQ(fields.find("Hos"), std::nullopt);
}

TEST(FieldList, CountsFieldsOfAName) {
    const FieldList fields{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    EXPECT_EQ(fields.count("a"), 2U);
    EXPECT_TRUE(fields.has("b"));
    EXPECT_FALSE(fields.has("c"));
    EXPECT_EQ(fields.size(), 3U);
    EXPECT_FALSE(fields.empty());
}

TEST(FieldList, SetReplacesEveryFieldOfThatName) {
    FieldList fields{{"A", "1"}, {"B", "2"}, {"a", "3"}};
    fields.set("A", "4");
    EXPECT_EQ(fields.combined("a"), "4");
    EXPECT_EQ(fields.size(), 2U);
}

TEST(FieldList, JoinsMoreTextToTheLastValue) {
    FieldList fields{{"A", "1"}, {"B", ""}};
    fields.continue_last("");
    EXPECT_EQ(fields.find("B"), "");
    fields.continue_last("2");
    EXPECT_EQ(fields.find("B"), "2");
    fields.continue_last("3 4");
    fields.continue_last("");
    EXPECT_EQ(fields.find("B"), "2 3 4");
    EXPECT_EQ(fields.find("A"), "1");
}

TEST(FieldList, RemoveTakesOutEveryFieldOfThatName) {
    FieldList fields{{"A", "1"}, {"a", "3"}};
    fields.remove("a");
    EXPECT_TRUE(fields.empty());
    EXPECT_EQ(fields.combined("a"), "");
}

TEST(FieldList, CombinesValuesInOrder) {
    const FieldList fields{{"A", "1"}, {"B", "x"}, {"a", "2, 3"}};
    EXPECT_EQ(fields.combined("A"), "1, 2, 3");
}

TEST(FieldList, CombinesAnEmptyValueAsAnEmptyElement) {
    const FieldList fields{{"A", ""}, {"A", "x"}, {"A", ""}};
    EXPECT_EQ(fields.combined("A"), ", x, ");
}

TEST(FieldList, H10_FindsATokenOverSeveralLines) {
    const FieldList fields{{"Connection", "keep-alive"}, {"connection", "foo , Upgrade"}};
    EXPECT_TRUE(fields.has_token("Connection", "upgrade"));
}

TEST(FieldList, H10_DoesNotTakeAPartOfAnElementForAToken) {
    const FieldList fields{{"Connection", "notupgrade, upgrade2, up grade"}, {"Other", "upgrade"}};
    EXPECT_FALSE(fields.has_token("Connection", "upgrade"));
}

TEST(FieldList, IteratesInOrder) {
    FieldList fields;
    fields.add("B", "1");
    fields.add("A", "2");
    std::string seen;
    for (const auto& [name, value] : fields) seen += name + value;
    EXPECT_EQ(seen, "B1A2");
}

}  // namespace
}  // namespace tautline::http
