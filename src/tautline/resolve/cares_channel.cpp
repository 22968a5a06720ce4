// SPDX-License-Identifier: MIT
#include <tautline/resolve/cares_channel.hpp>

#include <chrono>
#include <mutex>
#include <span>
#include <utility>

namespace tautline::resolve {

namespace {

using eyeballs::RecordType;

constexpr int kInternet = 1;
constexpr int kEdnsBytes = 1232;  // what fits every path without fragments

int number_of(RecordType type) {
    switch (type) {
        case RecordType::a: return 1;
        case RecordType::aaaa: return 28;
        case RecordType::https: break;
    }
    return 65;
}

void initialise_library() {
    static std::once_flag once;
    std::call_once(once, [] { ares_library_init(ARES_LIB_INIT_ALL); });
}

}  // namespace

CaresChannel::CaresChannel(io::Loop& loop, const ChannelSetup& setup, ChannelHandler& handler)
    : loop_(loop), handler_(handler), negative_(setup.negative) {
    initialise_library();
    open(setup);
    if (status_ == ARES_SUCCESS && !setup.servers.empty()) {
        status_ = ares_set_servers_ports_csv(channel_, setup.servers.c_str());
    }
}

CaresChannel::~CaresChannel() {
    if (channel_ != nullptr) ares_destroy(channel_);
}

void CaresChannel::open(const ChannelSetup& setup) {
    ares_options options{};
    options.flags = ARES_FLAG_EDNS;
    options.udp_port = options.tcp_port = setup.port;
    options.ednspsz = kEdnsBytes;
    options.timeout = static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(setup.timeout).count());
    options.tries = setup.tries;
    options.sock_state_cb = [](void* self, int fd, int readable, int writable) {
        static_cast<CaresChannel*>(self)->watch(fd, {readable != 0, writable != 0});
    };
    options.sock_state_cb_data = this;
    std::string lookups = "b";  // name servers alone: the hosts file has been looked into
    options.lookups = lookups.data();
    std::string resolv_conf = setup.resolv_conf;
    options.resolvconf_path = resolv_conf.data();
    status_ = ares_init_options(&channel_, &options,
                                ARES_OPT_FLAGS | ARES_OPT_EDNSPSZ | ARES_OPT_TIMEOUTMS |
                                    ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB | ARES_OPT_LOOKUPS |
                                    ARES_OPT_RESOLVCONF | ARES_OPT_UDP_PORT | ARES_OPT_TCP_PORT);
}

std::string CaresChannel::fault() const {
    return status_ == ARES_SUCCESS ? std::string() : ares_strerror(status_);
}

void CaresChannel::send(const std::string& name, RecordType type) {
    auto sent = std::make_unique<Sent>(*this, name, type);
    const auto& question = *sent;
    ares_query(channel_, question.name.c_str(), kInternet, number_of(type), on_answer,
               sent.release());
    schedule();
}

void CaresChannel::on_answer(void* sent, int status, int, unsigned char* message, int size) {
    const std::unique_ptr<Sent> self(static_cast<Sent*>(sent));
    if (status == ARES_ECANCELLED || status == ARES_EDESTRUCTION) return;
    auto& channel = self->channel;
    const auto bytes = std::as_bytes(std::span(message, static_cast<std::size_t>(size)));
    channel.handler_.on_brought(
        self->name, self->type,
        read_brought(status, self->type, bytes, channel.negative_, channel.loop_.random()));
}

void CaresChannel::cancel() {
    if (channel_ == nullptr) return;
    ares_cancel(channel_);
    schedule();
}

void CaresChannel::process(int readable, int writable) {
    ares_process_fd(channel_, readable, writable);
    schedule();
}

void CaresChannel::watch(int fd, io::Interest interest) {
    if (!interest.any()) {
        if (const auto known = watches_.find(fd); known != watches_.end()) {
            // Leave the set at once: c-ares closes the socket now. The handler may be running:
            // retire it.
            known->second->leave_set();
            loop_.retire(std::move(known->second));
            watches_.erase(known);
        }
        return;
    }
    auto& watch = watches_[fd];
    if (!watch) watch = std::make_shared<Watch>(*this, fd);
    watch->set_interest(interest);
}

void CaresChannel::schedule() {
    timeval wait{};
    if (ares_timeout(channel_, nullptr, &wait) == nullptr) return loop_.timers().cancel(*this);
    loop_.timers().schedule(*this, loop_.now() + std::chrono::seconds(wait.tv_sec) +
                                       std::chrono::microseconds(wait.tv_usec));
}

}  // namespace tautline::resolve
