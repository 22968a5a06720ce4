// SPDX-License-Identifier: MIT
#include <tautline/resolve/search_list.hpp>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/temporary_file.hpp>

namespace tautline::resolve {
namespace {

using testing::ElementsAre;

SearchList list_of(std::string_view resolv_conf) { return read_search_list(resolv_conf, {}); }

TEST(SearchList, TriesANameWithDotsAsItIsFirst) {
    const SearchList list{.domains = {"a.test", "b.test"}, .ndots = 1};

    EXPECT_THAT(list.candidates("www.example"),
                ElementsAre("www.example", "www.example.a.test", "www.example.b.test"));
}

TEST(SearchList, TriesAShortNameAsItIsLast) {
    const SearchList list{.domains = {"a.test", "b.test"}, .ndots = 1};

    EXPECT_THAT(list.candidates("db"), ElementsAre("db.a.test", "db.b.test", "db"));
}

TEST(SearchList, TakesFromNdotsWhatIsShort) {
    const SearchList more{.domains = {"a.test"}, .ndots = 2};
    const SearchList none{.domains = {"a.test"}, .ndots = 0};

    EXPECT_THAT(more.candidates("www.example"), ElementsAre("www.example.a.test", "www.example"));
    EXPECT_THAT(more.candidates("w.w.w"), ElementsAre("w.w.w", "w.w.w.a.test"));
    EXPECT_THAT(none.candidates("db"), ElementsAre("db", "db.a.test"));
}

TEST(SearchList, KnowsNothingButTheNameWhereItIsEmpty) {
    EXPECT_THAT(SearchList().candidates("db"), ElementsAre("db"));
}

TEST(SearchList, TriesNoNameTwice) {
    const SearchList list{.domains = {"a.test", "", "a.test"}, .ndots = 1};

    EXPECT_THAT(list.candidates("db"), ElementsAre("db.a.test", "db"));
}

TEST(SearchList, LeavesOutNamesThatAreTooLong) {
    const SearchList list{.domains = {"a.test"}, .ndots = 1};

    EXPECT_THAT(list.candidates(std::string(246, 'x')), testing::SizeIs(2));
    EXPECT_THAT(list.candidates(std::string(247, 'x')), testing::SizeIs(1));
}

TEST(ReadSearchList, TakesTheLastLineThatSaysOne) {
    EXPECT_THAT(list_of("search a.test\nnameserver ::1\nsearch\tB.test  c.test.\n").domains,
                ElementsAre("b.test", "c.test"));
    EXPECT_THAT(list_of("search a.test b.test\ndomain c.test d.test").domains,
                ElementsAre("c.test"));
}

TEST(ReadSearchList, LeavesOutRemarksAndWhatItDoesNotKnow) {
    const auto list = list_of("# search a.test\n;search b.test\nsearching c.test\nsearch\n");

    EXPECT_TRUE(list.domains.empty());
    EXPECT_THAT(list_of("search a.test # b.test").domains, ElementsAre("a.test"));
}

TEST(ReadSearchList, TakesADotForTheNameAsItIs) {
    EXPECT_THAT(list_of("search .").candidates("db"), ElementsAre("db"));
}

TEST(ReadSearchList, ReadsNdots) {
    EXPECT_EQ(list_of("options rotate ndots:3 timeout:1").ndots, 3U);
    EXPECT_EQ(list_of("options ndots:99").ndots, 15U);
    EXPECT_EQ(list_of("options ndots:x ndots: ndots:2y").ndots, 1U);
}

TEST(ReadSearchList, PutsTheVariablesAboveTheFile) {
    const auto list = read_search_list(
        "search a.test\noptions ndots:2",
        {.local_domain = "b.test c.test", .options = "ndots:4", .host_name = "host.d.test"});

    EXPECT_THAT(list.domains, ElementsAre("b.test", "c.test"));
    EXPECT_EQ(list.ndots, 4U);
}

TEST(ReadSearchList, TakesTheDomainOfTheHostWhereNothingIsSaid) {
    EXPECT_THAT(read_search_list("", {.host_name = "host.d.test"}).domains, ElementsAre("d.test"));
    EXPECT_TRUE(read_search_list("", {.host_name = "host"}).domains.empty());
    EXPECT_TRUE(
        read_search_list("", {.local_domain = "", .host_name = "host.d.test"}).domains.empty());
}

TEST(ReadSearchList, HasABound) {
    std::string line = "search";
    for (int i = 0; i < 100; ++i) line += " d" + std::to_string(i);

    EXPECT_EQ(list_of(line).domains.size(), SearchList::kMaxDomains);
}

TEST(ReadSearchList, ReadsTheFileOfTheSystem) {
    test::TemporaryFile file;
    std::ofstream(file.path) << "search a.test\n";

    EXPECT_THAT(search_list_of_system(file.path).domains, ElementsAre("a.test"));
}

}  // namespace
}  // namespace tautline::resolve
