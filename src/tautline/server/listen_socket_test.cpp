// SPDX-License-Identifier: MIT
#include <tautline/server/listen_socket.hpp>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <tests/support/no_descriptors.hpp>
#include <tests/support/raw_client.hpp>

namespace tautline::server {
namespace {

using test::RawClient;
using testing::HasSubstr;

struct UnixListenSocketTest : testing::Test {
    UnixListenSocketTest() {
        char name[] = "/tmp/tautline-test-XXXXXX";
        folder = ::mkdtemp(name);
        path = folder / "socket";
    }
    ~UnixListenSocketTest() override { std::filesystem::remove_all(folder); }

    [[nodiscard]] auto open() const { return open_listen_socket({.unix_path = path}); }

    std::filesystem::path folder;
    std::string path;
};

// 0, or why it failed.
int connect(const Descriptor& socket, const sockaddr_un& address) {
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return ::connect(socket.get(), generic, sizeof address) == 0 ? 0 : errno;
}

// Linux keeps one connection more than it is told.
TEST_F(UnixListenSocketTest, LetsAsManyWaitAsTheBacklogSays) {
    const auto listening = open_listen_socket({.unix_path = path, .backlog = 3});
    ASSERT_TRUE(listening);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    std::vector<Descriptor> waiting;
    for (int i = 0; i < 4; ++i) {
        waiting.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        EXPECT_EQ(connect(waiting.back(), address), 0);
    }

    const Descriptor further(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));

    EXPECT_EQ(connect(further, address), EAGAIN);
}

TEST(ListenSocket, TellsThePortThatTheSystemChose) {
    const auto socket = open_listen_socket({.host = "127.0.0.1"});

    ASSERT_TRUE(socket);
    EXPECT_NE(socket->port, 0);
    EXPECT_TRUE(RawClient(socket->port).connected());
}

TEST(ListenSocket, DoesNotBlockAndIsNotInherited) {
    const auto socket = open_listen_socket({});

    ASSERT_TRUE(socket);
    EXPECT_TRUE(::fcntl(socket->descriptor.get(), F_GETFL) & O_NONBLOCK);
    EXPECT_TRUE(::fcntl(socket->descriptor.get(), F_GETFD) & FD_CLOEXEC);
}

TEST(ListenSocket, ResolvesNames) { EXPECT_TRUE(open_listen_socket({.host = "localhost"})); }

TEST(ListenSocket, TakesIpv4TooWhenItListensOnAllOfIpv6) {
    const auto socket = open_listen_socket({.host = "::"});
    if (!socket) GTEST_SKIP() << "no IPv6 here";

    EXPECT_TRUE(RawClient(socket->port).connected());
}

TEST(ListenSocket, SaysWhatToDoWhenAnotherProgramListens) {
    const auto first = open_listen_socket({});
    ASSERT_TRUE(first);

    const auto second = open_listen_socket({.port = first->port});

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::address_in_use);
    EXPECT_EQ(second.error().endpoint, "127.0.0.1:" + std::to_string(first->port));
    EXPECT_THAT(second.error().message, HasSubstr("stop it, or use another address"));
}

// 192.0.2.1 is for documentation (RFC 5737): no machine has it.
TEST(ListenSocket, SaysThatTheMachineDoesNotHaveTheAddress) {
    const auto socket = open_listen_socket({.host = "192.0.2.1"});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, std::errc::address_not_available);
    EXPECT_THAT(socket.error().message, HasSubstr("does not have that address"));
}

transport::SocketAddress address_of(const char* ip, std::uint16_t port = 0) {
    transport::SocketAddress address;
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    ::inet_pton(AF_INET, ip, &v4.sin_addr);
    address.bytes = sizeof v4;
    return address;
}

// As localhost may be ::1 on a machine without IPv6.
TEST(ListenSocket, TakesTheFirstAddressThatTheMachineHas) {
    transport::SocketAddress unknown;
    unknown.storage.ss_family = AF_UNSPEC;
    const std::array addresses = {unknown, address_of("192.0.2.1"), address_of("127.0.0.1"),
                                  address_of("127.0.0.2")};

    const auto socket = open_tcp_socket({.host = "a.test"}, addresses);

    ASSERT_TRUE(socket) << socket.error().to_string();
    EXPECT_TRUE(RawClient(socket->port).connected());
    EXPECT_EQ(socket->host, "a.test");
}

TEST(ListenSocket, SaysThatTheMachineHasNoneOfTheAddresses) {
    const std::array addresses = {address_of("192.0.2.1"), address_of("198.51.100.1")};

    const auto socket = open_tcp_socket({.host = "a.test", .port = 80}, addresses);

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, std::errc::address_not_available);
    EXPECT_EQ(socket.error().endpoint, "a.test:80");
}

// Half of those who ask for the name would come to another program.
TEST(ListenSocket, TakesNoOtherAddressWhenTheFirstIsInUse) {
    const auto first = open_listen_socket({});
    ASSERT_TRUE(first);
    const std::array addresses = {address_of("127.0.0.1", first->port), address_of("127.0.0.2")};

    const auto second = open_tcp_socket({.host = "a.test"}, addresses);

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::address_in_use);
}

TEST(ListenSocket, TakesASocketThatListensAlready) {
    for (const std::string host : {"127.0.0.1", "::1"}) {
        auto handed_in = open_listen_socket({.host = host});
        if (!handed_in) continue;  // no IPv6 here
        const int fd = handed_in->descriptor.get();
        ::fcntl(fd, F_SETFL, 0);

        const auto socket = open_listen_socket({.descriptor = fd});

        ASSERT_TRUE(socket) << socket.error().to_string();
        EXPECT_EQ(socket->host, host);
        EXPECT_EQ(socket->port, handed_in->port);
        EXPECT_TRUE(::fcntl(socket->descriptor.get(), F_GETFL) & O_NONBLOCK);
        EXPECT_TRUE(::fcntl(socket->descriptor.get(), F_GETFD) & FD_CLOEXEC);
        handed_in->descriptor.close();
        EXPECT_TRUE(host == "::1" || RawClient(socket->port).connected());
    }
}

TEST_F(UnixListenSocketTest, TakesASocketThatListensAlreadyAndLeavesItsFile) {
    const auto handed_in = open();
    ASSERT_TRUE(handed_in);
    {
        const auto socket = open_listen_socket({.descriptor = handed_in->descriptor.get()});
        ASSERT_TRUE(socket) << socket.error().to_string();
        EXPECT_EQ(socket->unix_path, path);
        EXPECT_EQ(socket->host, "");
    }
    EXPECT_TRUE(RawClient(path).connected());
}

TEST_F(UnixListenSocketTest, HasNoTlsWhenItIsHandedIn) {
    const auto handed_in = open();
    ASSERT_TRUE(handed_in);
    const int fd = handed_in->descriptor.get();
    const int blocking = ::fcntl(fd, F_GETFL) & ~O_NONBLOCK;
    ::fcntl(fd, F_SETFL, blocking);

    const auto socket = open_listen_socket({.descriptor = fd, .tls = TlsServerOptions()});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, UsageError::option_invalid);
    EXPECT_EQ(::fcntl(fd, F_GETFL), blocking) << "what is refused is not changed";
}

// Bound to nothing, it gets a name that is no path.
TEST(ListenSocket, TakesNoUnixSocketWithoutAPath) {
    const Descriptor nameless(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr generic{.sa_family = AF_UNIX, .sa_data = {}};
    ASSERT_EQ(::bind(nameless.get(), &generic, sizeof generic.sa_family), 0);
    ASSERT_EQ(::listen(nameless.get(), 1), 0);

    const auto socket = open_listen_socket({.descriptor = nameless.get()});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, UsageError::option_invalid);
    EXPECT_THAT(socket.error().message, HasSubstr("without a path"));
}

TEST(ListenSocket, SaysThatThereIsNoDescriptorLeftForOneThatIsHandedIn) {
    const auto handed_in = open_listen_socket({});
    ASSERT_TRUE(handed_in);
    const int fd = handed_in->descriptor.get();
    const test::NoDescriptors none;

    const auto socket = open_listen_socket({.descriptor = fd});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, std::errc::too_many_files_open);
    EXPECT_EQ(socket.error().endpoint, "descriptor " + std::to_string(fd));
}

TEST(ListenSocket, TakesNothingThatDoesNotListen) {
    const Descriptor file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const Descriptor idle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Descriptor datagrams(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    for (const int fd : {-1, file.get(), idle.get(), datagrams.get()}) {
        const auto socket = open_listen_socket({.descriptor = fd});

        ASSERT_FALSE(socket) << fd;
        EXPECT_EQ(socket.error().code, UsageError::option_invalid);
        EXPECT_EQ(socket.error().message, "descriptor: " + std::to_string(fd) +
                                              " is no socket of TCP or Unix that listens");
    }
    EXPECT_GE(::fcntl(file.get(), F_GETFD), 0);
}

TEST(ListenSocket, SaysThatAHostIsNoAddress) {
    const auto socket = open_listen_socket({.host = "not a host"});

    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().code, TransportError::resolve_failed);
    EXPECT_THAT(socket.error().message, HasSubstr("\"not a host\""));
}

TEST(ListenSocket, ListensOnUntilTheLastCopyIsClosed) {
    auto socket = open_listen_socket({});
    ASSERT_TRUE(socket);
    auto copy = duplicate(socket->descriptor);
    ASSERT_TRUE(copy);

    socket->descriptor.close();
    EXPECT_TRUE(RawClient(socket->port).connected());
    copy->close();

    EXPECT_FALSE(RawClient(socket->port).connected());
}

TEST(ListenSocket, CannotDuplicateWhatIsNotOpen) {
    const auto copy = duplicate(Descriptor());

    ASSERT_FALSE(copy);
    EXPECT_EQ(copy.error().code, std::errc::bad_file_descriptor);
}

TEST_F(UnixListenSocketTest, Listens) {
    const auto socket = open();

    ASSERT_TRUE(socket) << socket.error().to_string();
    EXPECT_EQ(socket->port, 0);
    EXPECT_TRUE(RawClient(path).connected());
}

TEST_F(UnixListenSocketTest, RemovesItsFile) {
    {
        const auto socket = open();
    }
    EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(UnixListenSocketTest, LeavesAFileThatTookThePlaceOfItsOwn) {
    {
        const auto socket = open();
        std::filesystem::remove(path);
        std::ofstream(folder / "other") << "x";
        std::filesystem::rename(folder / "other", path);
    }
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixListenSocketTest, ReplacesADeadSocket) {
    {
        auto dead = open();
        ASSERT_TRUE(dead);
        std::filesystem::create_hard_link(path, folder / "left");
    }
    std::filesystem::rename(folder / "left", path);

    const auto socket = open();

    ASSERT_TRUE(socket) << socket.error().to_string();
    EXPECT_TRUE(RawClient(path).connected());
}

TEST_F(UnixListenSocketTest, DoesNotReplaceALivingSocket) {
    const auto first = open();

    const auto second = open();

    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, std::errc::address_in_use);
    EXPECT_EQ(second.error().endpoint, "unix:" + path);
    EXPECT_THAT(second.error().message, HasSubstr("Another program"));
    EXPECT_TRUE(RawClient(path).connected());
}

TEST_F(UnixListenSocketTest, DoesNotReplaceAFile) {
    std::ofstream(path) << "precious";

    const auto socket = open();

    ASSERT_FALSE(socket);
    EXPECT_THAT(socket.error().message, HasSubstr("a file that is no socket"));
    EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(UnixListenSocketTest, SaysThatTheFolderDoesNotExist) {
    const auto socket = open_listen_socket({.unix_path = folder / "none" / "socket"});

    ASSERT_FALSE(socket);
    EXPECT_THAT(socket.error().message, HasSubstr("folder"));
}

// sockaddr_un holds 107 bytes and a NUL.
TEST_F(UnixListenSocketTest, RefusesAPathThatDoesNotFit) {
    path += std::string(107 - path.size(), 'x');
    EXPECT_TRUE(open());
    path += "x";
    ASSERT_FALSE(open());
    EXPECT_EQ(open().error().code, std::errc::filename_too_long);
}

TEST_F(UnixListenSocketTest, RefusesAPathWithANul) {
    path += std::string_view("\0x", 2);
    EXPECT_FALSE(open());
}

TEST(EndpointText, PutsIpv6InBrackets) {
    EXPECT_EQ(endpoint_text({.host = "::1", .port = 80}), "[::1]:80");
    EXPECT_EQ(endpoint_text({.host = "127.0.0.1", .port = 80}), "127.0.0.1:80");
    EXPECT_EQ(endpoint_text({.unix_path = "/run/x"}), "unix:/run/x");
}

}  // namespace
}  // namespace tautline::server
