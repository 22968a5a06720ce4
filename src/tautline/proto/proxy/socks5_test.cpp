// SPDX-License-Identifier: MIT
#include <tautline/proto/proxy/socks5.hpp>

#include <vector>

#include <gtest/gtest.h>
#include <tests/support/exact_copy.hpp>
#include <tests/support/wire.hpp>

namespace tautline::proxy {
namespace {

using State = Socks5::State;
using test::ExactCopy;
using test::wire;

std::string text(std::string_view hex) { return std::string(as_text(wire(hex))); }

void receive(Socks5& socks, std::string_view hex) { socks.receive(ExactCopy(wire(hex)).bytes()); }

Socks5 after(std::string_view hex, std::optional<Credentials> credentials = {}) {
    Socks5 socks({"a.b", 80}, std::move(credentials));
    receive(socks, hex);
    return socks;
}

std::error_code failure(const Socks5& socks) {
    EXPECT_EQ(socks.state(), State::failed);
    EXPECT_EQ(socks.error().phase, Phase::proxy);
    return socks.error().code;
}

// RFC 1928 sections 3 to 6.
TEST(Socks5, OpensATunnelByNameWithoutAuthentication) {
    Socks5 socks({"a.b", 443});

    EXPECT_EQ(socks.take_request(), text("05 01 00"));
    receive(socks, "05 00");
    EXPECT_EQ(socks.take_request(), text("05 01 00 | 03 03 612e62 | 01bb"));
    receive(socks, "05 00 00 | 01 00000000 | 0000");

    EXPECT_EQ(socks.state(), State::open);
    EXPECT_EQ(socks.take_request(), "");
    EXPECT_TRUE(socks.rest().empty());
}

TEST(Socks5, SendsAddressesAsAddresses) {
    Socks5 v4({"192.0.2.1", 80});
    receive(v4, "05 00");
    EXPECT_EQ(v4.take_request(), text("05 01 00 | 05 01 00 | 01 c0000201 | 0050"));

    Socks5 v6({"2001:db8::1", 80});
    receive(v6, "05 00");
    EXPECT_EQ(v6.take_request(),
              text("05 01 00 | 05 01 00 | 04 20010db8000000000000000000000001 | 0050"));
}

// RFC 1929.
TEST(Socks5, SendsUserAndPassword) {
    Socks5 socks({"a.b", 80}, Credentials{"us", "pw:"});

    EXPECT_EQ(socks.take_request(), text("05 02 00 02"));
    receive(socks, "05 02");
    EXPECT_EQ(socks.take_request(), text("01 02 7573 | 03 70773a"));
    receive(socks, "01 00");
    EXPECT_EQ(socks.take_request(), text("05 01 00 | 03 03 612e62 | 0050"));
}

TEST(Socks5, LeavesThePasswordOutWhenTheProxyDoesNotAsk) {
    Socks5 socks = after("05 00", Credentials{"user", "secret"});

    EXPECT_EQ(socks.take_request().find("secret"), std::string::npos);
    EXPECT_EQ(socks.state(), State::reading);
}

TEST(Socks5, DoesNotMindTheVersionOfTheStatus) {
    EXPECT_EQ(after("05 02 | 05 00", Credentials{"u", "p"}).state(), State::reading);
}

TEST(Socks5, SkipsABoundAddressOfAnyType) {
    for (const char* bound : {"01 01020304 0001", "04 000102030405060708090a0b0c0d0e0f 0001",
                              "03 03 612e62 0001", "03 00 0001"}) {
        Socks5 socks = after(std::string("05 00 | 05 00 00 ") + bound + " | cafe");
        EXPECT_EQ(socks.state(), State::open) << bound;
        EXPECT_EQ(as_text(socks.rest().readable()), text("cafe")) << bound;
    }
}

TEST(Socks5, KeepsWhatComesOnceItIsOpen) {
    Socks5 socks = after("05 00 | 05 00 00 | 01 00000000 0000 | 01");
    receive(socks, "02");
    EXPECT_EQ(as_text(socks.rest().readable()), text("0102"));
}

const std::string kWhole = "05 02 | 01 00 | 05 00 00 | 03 0a 70726f78792e74657374 | 1234 | 8100ff";

TEST(Socks5, EveryPrefixNeedsMore) {
    const auto bytes = wire(kWhole);
    for (std::size_t length = 0; length < bytes.size() - 3; ++length) {
        Socks5 socks({"a.b", 80}, Credentials{"u", "p"});
        socks.receive(ExactCopy(Bytes(bytes).first(length)).bytes());
        EXPECT_EQ(socks.state(), State::reading) << length;
    }
}

TEST(Socks5, EverySplitInTwoGivesTheSame) {
    const auto bytes = wire(kWhole);
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        Socks5 socks({"a.b", 80}, Credentials{"u", "p"});
        socks.receive(ExactCopy(Bytes(bytes).first(split)).bytes());
        socks.receive(ExactCopy(Bytes(bytes).subspan(split)).bytes());
        EXPECT_EQ(socks.state(), State::open) << split;
        EXPECT_EQ(as_text(socks.rest().readable()), text("8100ff")) << split;
    }
}

TEST(Socks5, EveryReplyHasAnErrorOfItsOwn) {
    const std::vector<ProxyError> errors{
        ProxyError::general_failure,     ProxyError::not_allowed,
        ProxyError::network_unreachable, ProxyError::host_unreachable,
        ProxyError::connection_refused,  ProxyError::ttl_expired,
        ProxyError::command_unsupported, ProxyError::address_type_unsupported,
        ProxyError::reply_unknown};
    for (std::size_t reply = 1; reply <= errors.size(); ++reply) {
        const Socks5 socks = after("05 00 | 05 0" + std::to_string(reply));
        EXPECT_EQ(failure(socks), errors[reply - 1]);
        EXPECT_EQ(socks.error().message,
                  "to a.b:80: " + std::string(message_for(errors[reply - 1])));
    }
    EXPECT_EQ(failure(after("05 00 | 05 ff")), ProxyError::reply_unknown);
}

TEST(Socks5, FailsWhenTheProxyIsNoSocks5) {
    EXPECT_EQ(failure(after("48")), ProxyError::response_malformed);
    EXPECT_EQ(failure(after("04 00")), ProxyError::response_malformed);
    EXPECT_EQ(failure(after("05 00 | 04")), ProxyError::response_malformed);
    EXPECT_EQ(failure(after("05 00 | 05 00 00 02")), ProxyError::response_malformed);
}

TEST(Socks5, FailsWhenTheProxyChoosesWhatWasNotOffered) {
    EXPECT_EQ(failure(after("05 02")), ProxyError::response_malformed);
    EXPECT_EQ(failure(after("05 01", Credentials{"u", "p"})), ProxyError::response_malformed);
}

TEST(Socks5, FailsWhenNoMethodWillDo) {
    EXPECT_EQ(failure(after("05 ff")), ProxyError::authentication_required);
    EXPECT_EQ(failure(after("05 ff", Credentials{"u", "p"})),
              ProxyError::authentication_unsupported);
}

TEST(Socks5, H23_FailsWithoutShowingCredentialsThatAreRejected) {
    const Socks5 socks = after("05 02 | 01 01", Credentials{"user", "secret"});
    EXPECT_EQ(failure(socks), ProxyError::credentials_rejected);
    EXPECT_EQ(socks.error().to_string().find("secret"), std::string::npos);
}

TEST(Socks5, FailsWhenTheStreamEndsEarly) {
    Socks5 socks = after("05 00 | 05 00 00");
    socks.end_stream();
    EXPECT_EQ(failure(socks), ProxyError::closed_early);

    Socks5 open = after("05 00 | 05 00 00 | 01 00000000 0000");
    open.end_stream();
    EXPECT_EQ(open.state(), State::open);
}

TEST(Socks5, IgnoresWhatComesAfterItFailed) {
    Socks5 socks = after("05 ff");
    receive(socks, "05 00");
    EXPECT_EQ(failure(socks), ProxyError::authentication_required);
    EXPECT_EQ(socks.take_request(), "");
}

TEST(Socks5, NamesHaveAtMost253Bytes) {
    const std::string label = std::string(63, 'a') + ".";
    const std::string name = label + label + label + std::string(61, 'a');
    Socks5 longest({name, 80});
    receive(longest, "05 00");
    EXPECT_EQ(longest.take_request(), text("05 01 00 | 05 01 00 | 03 fd") + name + text("0050"));
    EXPECT_EQ(failure(Socks5({name + "a", 80})), ProxyError::target_invalid);
    EXPECT_EQ(failure(Socks5({"", 80})), ProxyError::target_invalid);
    EXPECT_EQ(failure(Socks5({"a\r\nb", 80})), ProxyError::target_invalid);
}

// RFC 1929 section 2.
TEST(Socks5, UserAndPasswordHaveAtMost255Bytes) {
    const std::string longest(255, 'a');
    Socks5 socks({"a", 80}, Credentials{longest, longest});
    receive(socks, "05 02");
    EXPECT_EQ(socks.take_request(), text("05 02 00 02 | 01 ff") + longest + text("ff") + longest);
    EXPECT_EQ(failure(Socks5({"a", 80}, Credentials{longest + "a", ""})),
              ProxyError::credentials_invalid);
    EXPECT_EQ(failure(Socks5({"a", 80}, Credentials{"", longest + "a"})),
              ProxyError::credentials_invalid);
}

}  // namespace
}  // namespace tautline::proxy
