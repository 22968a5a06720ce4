// SPDX-License-Identifier: MIT
#include <tautline/resolve/hosts_file.hpp>

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tests/support/temporary_file.hpp>

namespace tautline::resolve {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Hosts : testing::Test {
    void write(std::string_view lines) { std::ofstream(file.path) << lines; }

    test::TemporaryFile file;
    HostsFile hosts{file.path};
    IpAddress first = *IpAddress::parse("192.0.2.1");
    IpAddress second = *IpAddress::parse("2001:db8::1");
};

TEST_F(Hosts, GivesTheAddressesOfEveryLine) {
    write("192.0.2.1 a\n192.0.2.9 b\n\n2001:db8::1 c a");

    EXPECT_THAT(hosts.find("a"), ElementsAre(first, second));
    EXPECT_THAT(hosts.find("c"), ElementsAre(second));
    EXPECT_THAT(hosts.find("d"), IsEmpty());
}

TEST_F(Hosts, GivesThemAgain) {
    write("192.0.2.1 a\n");

    EXPECT_THAT(hosts.find("a"), ElementsAre(first));
    EXPECT_THAT(hosts.find("a"), ElementsAre(first));
}

TEST_F(Hosts, SeesThatItHasChanged) {
    write("192.0.2.1 a\n");
    (void)hosts.find("a");
    write("192.0.2.1 b\n192.0.2.1 c\n");

    EXPECT_THAT(hosts.find("a"), IsEmpty());
}

TEST_F(Hosts, MayBeMissing) {
    HostsFile missing(file.path + ".missing");

    EXPECT_THAT(missing.find("a"), IsEmpty());
}

}  // namespace
}  // namespace tautline::resolve
