// SPDX-License-Identifier: MIT
#include <tautline/server/listen_socket.hpp>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <system_error>
#include <vector>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <tautline/base/parse_number.hpp>

namespace tautline::server {

namespace {

constexpr std::string_view kUnix = "unix:";  // As `SocketAddress::to_string` begins.

struct FreeAddresses {
    void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, FreeAddresses>;
using transport::SocketAddress;

std::vector<SocketAddress> copy_of(const addrinfo& first) {
    std::vector<SocketAddress> addresses;
    for (const addrinfo* each = &first; each != nullptr; each = each->ai_next) {
        SocketAddress& copy = addresses.emplace_back();
        copy.bytes = each->ai_addrlen;
        std::memcpy(&copy.storage, each->ai_addr, each->ai_addrlen);
    }
    return addresses;
}

// Whether something else than a socket has the path.
bool is_other_file(const std::string& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0 && !S_ISSOCK(status.st_mode);
}

const char* advice_for(const ListenOptions& options, int error) {
    switch (error) {
        case EADDRINUSE:
            if (is_other_file(options.unix_path)) {
                return " There is a file that is no socket: move it, or use another path.";
            }
            return " Another program listens there: stop it, or use another address.";
        case EACCES: return " Ports below 1024 and some folders need privileges: use another one.";
        case EAFNOSUPPORT:
        case EADDRNOTAVAIL: return " This machine does not have that address.";
        case ENOENT: return " The folder of the socket does not exist.";
        default: return "";
    }
}

Error listen_error(const ListenOptions& options, int error) {
    const std::error_code code(error, std::system_category());
    return {.code = code,
            .phase = Phase::usage,
            .endpoint = endpoint_text(options),
            .message = "cannot listen (" + code.message() + ")." + advice_for(options, error)};
}

std::expected<std::vector<SocketAddress>, Error> resolve(const ListenOptions& options) {
    addrinfo hints{};
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const std::string port = std::to_string(options.port);
    const int failed = ::getaddrinfo(options.host.c_str(), port.c_str(), &hints, &found);
    if (failed == 0) return copy_of(*Addresses(found));
    return std::unexpected(Error{.code = TransportError::resolve_failed,
                                 .phase = Phase::resolve,
                                 .endpoint = endpoint_text(options),
                                 .message = "cannot listen: \"" + options.host +
                                            "\" is no address of this machine (" +
                                            ::gai_strerror(failed) + ")."});
}

Descriptor open_socket(int family) {
    return Descriptor(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool set_option(const Descriptor& descriptor, int level, int name, int value) {
    return ::setsockopt(descriptor.get(), level, name, &value, sizeof value) == 0;
}

// 0, or the error.
int bind_and_listen(const Descriptor& descriptor, const SocketAddress& address, int backlog) {
    if (!descriptor || !set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)) return errno;
    const bool v6 = address.storage.ss_family == AF_INET6;
    if (v6 && !set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0)) return errno;
    const auto* generic = reinterpret_cast<const sockaddr*>(&address.storage);
    if (::bind(descriptor.get(), generic, address.bytes) != 0) return errno;
    return ::listen(descriptor.get(), backlog) == 0 ? 0 : errno;
}

// Another address of the same name may be ours.
bool is_of_another_machine(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

// As the system tells it: "127.0.0.1:80", "[::1]:80", "unix:/run/x"; empty of any other socket.
std::string bound_to(const Descriptor& descriptor) {
    SocketAddress address;
    ::getsockname(descriptor.get(), address.data(), &address.bytes);
    return address.to_string();
}

std::uint16_t port_of(std::string_view endpoint) {
    return parse_number<std::uint16_t>(endpoint.substr(endpoint.rfind(':') + 1)).value_or(0);
}

// 0 when there is no such file: no file has that number.
ino_t inode_of(const char* path) {
    struct stat status{};
    return ::lstat(path, &status) == 0 ? status.st_ino : 0;
}

// A socket whose file is left over from a program that has ended: connecting is refused.
bool is_dead_socket(const sockaddr_un& address) {
    struct stat status{};
    if (::lstat(address.sun_path, &status) != 0 || !S_ISSOCK(status.st_mode)) return false;
    const Descriptor probe = open_socket(AF_UNIX);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    return probe && ::connect(probe.get(), generic, sizeof address) != 0 && errno == ECONNREFUSED;
}

int bind_unix(const Descriptor& descriptor, const sockaddr_un& address) {
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::bind(descriptor.get(), generic, sizeof address) == 0) return 0;
    const int error = errno;
    if (error != EADDRINUSE || !is_dead_socket(address)) return error;
    ::unlink(address.sun_path);
    return ::bind(descriptor.get(), generic, sizeof address) == 0 ? 0 : errno;
}

std::expected<ListenSocket, Error> open_tcp(const ListenOptions& options) {
    const auto addresses = resolve(options);
    if (!addresses) return std::unexpected(addresses.error());
    return open_tcp_socket(options, *addresses);
}

std::expected<ListenSocket, Error> open_unix(const ListenOptions& options) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // The path ends with a NUL, and must not hold one.
    const std::string& path = options.unix_path;
    if (path.size() >= sizeof address.sun_path || path.contains('\0')) {
        return std::unexpected(listen_error(options, ENAMETOOLONG));
    }
    std::memcpy(address.sun_path, path.data(), path.size());
    ListenSocket socket;
    socket.descriptor = open_socket(AF_UNIX);
    if (!socket.descriptor) return std::unexpected(listen_error(options, errno));
    if (const int error = bind_unix(socket.descriptor, address)) {
        return std::unexpected(listen_error(options, error));
    }
    socket.unix_path = path;
    socket.file = UnixSocketFile(path);
    if (::listen(socket.descriptor.get(), options.backlog) == 0) return socket;
    return std::unexpected(listen_error(options, errno));
}

bool says(const Descriptor& socket, int option, int value) {
    int said = 0;
    socklen_t length = sizeof said;
    return ::getsockopt(socket.get(), SOL_SOCKET, option, &said, &length) == 0 && said == value;
}

std::unexpected<Error> unusable(std::string why) {
    return std::unexpected(usage_error(UsageError::option_invalid, std::move(why)));
}

// A second descriptor, until the first one is ours.
std::expected<ListenSocket, Error> take_over(const ListenOptions& options) {
    ListenSocket socket;
    socket.descriptor = Descriptor(::fcntl(*options.descriptor, F_DUPFD_CLOEXEC, 0));
    if (!socket.descriptor && errno == EMFILE) return std::unexpected(listen_error(options, errno));
    const std::string endpoint = bound_to(socket.descriptor);
    if (endpoint.empty() || !says(socket.descriptor, SO_ACCEPTCONN, 1) ||
        !says(socket.descriptor, SO_TYPE, SOCK_STREAM)) {
        return unusable("descriptor: " + std::to_string(*options.descriptor) +
                        " is no socket of TCP or Unix that listens");
    }
    const bool local = endpoint.starts_with(kUnix);
    if (local && options.tls) return unusable("tls: a Unix socket has none; leave out tls");
    if (endpoint == kUnix) return unusable("descriptor: a Unix socket without a path has no URL");
    // Behind the checks: others that hold the socket see this, too.
    const int flags = ::fcntl(socket.descriptor.get(), F_GETFL);
    ::fcntl(socket.descriptor.get(), F_SETFL, flags | O_NONBLOCK);
    if (local) {
        socket.unix_path = endpoint.substr(kUnix.size());
        return socket;
    }
    const std::string host = endpoint.substr(0, endpoint.rfind(':'));
    socket.host = host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
    socket.port = port_of(endpoint);
    return socket;
}

}  // namespace

std::string endpoint_text(const ListenOptions& options) {
    if (options.descriptor) return "descriptor " + std::to_string(*options.descriptor);
    if (!options.unix_path.empty()) return "unix:" + options.unix_path;
    const bool brackets = options.host.contains(':');
    const std::string host = brackets ? "[" + options.host + "]" : options.host;
    return host + ":" + std::to_string(options.port);
}

UnixSocketFile::UnixSocketFile(std::string path)
    : path_(std::move(path)), inode_(inode_of(path_.c_str())) {}

UnixSocketFile& UnixSocketFile::operator=(UnixSocketFile&& other) noexcept {
    std::swap(path_, other.path_);
    std::swap(inode_, other.inode_);
    return *this;
}

UnixSocketFile::~UnixSocketFile() {
    if (!path_.empty() && inode_of(path_.c_str()) == inode_) ::unlink(path_.c_str());
}

std::expected<ListenSocket, Error> open_listen_socket(const ListenOptions& options) {
    if (options.descriptor) return take_over(options);
    return options.unix_path.empty() ? open_tcp(options) : open_unix(options);
}

std::expected<ListenSocket, Error> open_tcp_socket(const ListenOptions& options,
                                                   std::span<const SocketAddress> addresses) {
    ListenSocket socket;
    socket.host = options.host;
    int error = 0;
    for (const SocketAddress& address : addresses) {
        socket.descriptor = open_socket(address.storage.ss_family);
        error = bind_and_listen(socket.descriptor, address, options.backlog);
        if (!is_of_another_machine(error)) break;
    }
    if (error != 0) return std::unexpected(listen_error(options, error));
    socket.port = port_of(bound_to(socket.descriptor));
    return socket;
}

std::expected<Descriptor, Error> duplicate(const Descriptor& descriptor) {
    Descriptor copy(::fcntl(descriptor.get(), F_DUPFD_CLOEXEC, 0));
    if (copy) return copy;
    const std::error_code code(errno, std::system_category());
    return std::unexpected(Error{
        .code = code, .phase = Phase::usage, .message = "cannot listen (" + code.message() + ")."});
}

}  // namespace tautline::server
