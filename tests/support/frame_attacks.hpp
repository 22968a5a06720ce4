// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <tests/support/endpoint.hpp>
#include <tests/support/frames.hpp>
#include <tests/support/raw_client.hpp>
#include <tests/support/wire.hpp>

#include <tautline/base/buffer.hpp>
#include <tautline/proto/deflate/compressor.hpp>
#include <tautline/session/peer.hpp>

namespace tautline::test {

/// How a connection compresses: each message for itself uses what all connections share.
enum class Deflate : std::uint8_t { none, own_window, shared };

/// What a peer does on an open connection: a row of docs/attacks.md, and what must come of it.
struct FrameAttack {
    const char* name;
    std::function<FrameBytes(Role)> bytes;  ///< Of a peer in this role.
    int code = 0;                           ///< Of our Close. 0: we go on as if nothing was.
    Deflate deflate = Deflate::none;
    bool in_haste = false;    ///< Against a `message_timeout` that is soon over.
    bool is_no_echo = false;  ///< Its messages do not come back.

    friend void PrintTo(const FrameAttack& attack, std::ostream* out) { *out << attack.name; }
};

/// An attack, and whether it comes in very small pieces.
using FrameAttackTest = testing::TestWithParam<std::tuple<FrameAttack, bool>>;

inline std::string name_of(const testing::TestParamInfo<FrameAttackTest::ParamType>& info) {
    const auto& [attack, in_bytes] = info.param;
    return std::string(attack.name) + (in_bytes ? "_F16_InBytes" : "");
}

inline constexpr std::size_t kAttackedMessageBytes = 64'000;
inline constexpr std::string_view kFloods = "flood";       ///< Sends until it is refused.
inline constexpr std::string_view kClosesBadly = "badly";  ///< Closes with a bad reason.
inline constexpr std::string_view kThrows = "throw";       ///< Throws.

inline ConnectionOptions attacked_options(bool in_haste = false) {
    return {.max_message_bytes = kAttackedMessageBytes,
            .message_timeout = in_haste ? std::optional<Duration>(50ms) : std::nullopt,
            .ping_interval = std::nullopt,
            .overflow = OverflowPolicy::refuse,
            .compression = deflate::Options{}};
}

/// An echo that also does what applications do wrong.
inline void answer_attack(Peer& peer, MessageView message) {
    if (message.text() == kFloods) {
        const std::string piece(kAttackedMessageBytes, 'x');
        while (peer.send(piece)) continue;
        EXPECT_LE(peer.buffered_amount(),
                  ConnectionOptions().max_buffered_bytes + piece.size() + 100);
        return;
    }
    if (message.text() == kClosesBadly) {
        EXPECT_EQ(peer.close(CloseCode::normal, "\xff"),
                  std::unexpected(UsageError::close_reason_invalid));
    }
    if (message.text() == kThrows) throw std::runtime_error("by the application");
    EXPECT_TRUE(peer.send(message));
}

inline FrameBytes compressed(std::string_view text) {
    deflate::Compressor compressor({});
    Buffer out;
    compressor.compress(as_bytes(text), true, out);
    const Bytes bytes = std::as_const(out).readable();
    return {bytes.begin(), bytes.end()};
}

inline FrameBytes repeated(std::size_t times, const FrameBytes& frame) {
    FrameBytes all;
    for (std::size_t i = 0; i < times; ++i) all.insert(all.end(), frame.begin(), frame.end());
    return all;
}

/// The same frames of either role: their first bytes, and their payloads.
inline std::function<FrameBytes(Role)> frames(
    std::initializer_list<std::pair<unsigned, FrameBytes>> list) {
    return [list = std::vector(list)](Role role) {
        FrameBytes all;
        for (const auto& [first, payload] : list) {
            const FrameBytes next = frame(role, first, payload);
            all.insert(all.end(), next.begin(), next.end());
        }
        return all;
    };
}

inline FrameBytes text_bytes(std::string_view text) {
    const Bytes bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

/// Rows F: what is wrong with the frames.
inline std::vector<FrameAttack> malformed_frames() {
    const auto text = [](std::string_view words) { return text_bytes(words); };
    return {
        {"F01_TheTopBitOfALength", [](Role r) { return frame_head(r, 0x82, 1ULL << 63); }, 1002},
        {"F01_AHugeLength", [](Role r) { return frame_head(r, 0x82, ~0ULL >> 1); }, 1009},
        {"F02_ALengthThatIsNotMinimal",
         [](Role r) { return wire(r == Role::client ? "82fe007d00000000" : "827e007d"); }, 1002},
        {"F03_AMessageThatIsNeverFinished", [](Role r) { return frame_head(r, 0x82, 1000); }, 1008,
         Deflate::none, true},
        {"F03_AHeaderThatIsNeverFinished", [](Role) { return wire("82"); }, 1008, Deflate::none,
         true},
        {"F04_ALongMessage", frames({{0x82, FrameBytes(3000)}})},
        {"F05_AReservedBit", frames({{0xc1, text("Hello")}}), 1002},
        {"F06_AReservedOpcode", [](Role) { return wire("83"); }, 1002},
        {"F07_TheWrongMasking", [](Role r) { return frame(peer_of(r), 0x81, "hello"); }, 1002},
        {"F08_AFragmentOfAPing", frames({{0x09, {}}}), 1002},
        {"F08_ALongPing", [](Role r) { return frame_head(r, 0x89, 126); }, 1002},
        {"F09_AContinuationOfNothing", frames({{0x80, text("a")}}), 1002},
        {"F09_AMessageInsideAnother", frames({{0x01, text("a")}, {0x81, text("b")}}), 1002},
        {"F09_PingsBetweenFragments",
         frames({{0x01, text("a")}, {0x89, text("p")}, {0x80, text("b")}})},
        {"F10_ACodeThatNeverTravels", frames({{0x88, wire("03ed")}}), 1002},
        {"F10_HalfACode", frames({{0x88, wire("03")}}), 1002},
        {"F10_AReasonThatIsNotUtf8", frames({{0x88, wire("03e8 ff")}}), 1007},
        {"F11_MoreBehindItsClose",
         frames({{0x88, wire("03e8")}, {0x81, text("late")}, {0x83, {}}, {0x88, wire("03e9")}}),
         1000},
        {"F12_ABadReasonOfOurs", frames({{0x81, text(kClosesBadly)}})},
        {"F13_TextThatIsNotUtf8", frames({{0x81, wire("6f6b ff")}}), 1007},
        {"F13_ABadByteInAnUnfinishedMessage", frames({{0x01, wire("e282")}, {0x00, wire("ff")}}),
         1007},
        {"F14_EveryLength",
         [](Role r) {
             FrameBytes all;
             for (std::size_t size = 0; size < 140; ++size) {
                 const FrameBytes next = frame(r, 0x82, std::string(size, 'x'));
                 all.insert(all.end(), next.begin(), next.end());
             }
             return all;
         }},
    };
}

/// Rows L: what is too much.
inline std::vector<FrameAttack> wasteful_frames() {
    const auto zeros = [](std::size_t size) { return compressed(std::string(size, '\0')); };
    const auto some = [](std::size_t times, unsigned first, std::size_t size) {
        return [=](Role r) { return repeated(times, frame(r, first, FrameBytes(size))); };
    };
    const auto begun = [](FrameBytes payload, std::size_t times) {
        return [=](Role r) {
            return joined({frame(r, 0x02, payload), repeated(times, frame(r, 0x00, payload))});
        };
    };
    return {
        {"L01_ABomb", frames({{0xc2, zeros(512 * 1024)}}), 1009, Deflate::own_window},
        {"L01_ABombForItself", frames({{0xc2, zeros(512 * 1024)}}), 1009, Deflate::shared},
        {"L02_ExactlyTheLimit", frames({{0xc2, zeros(kAttackedMessageBytes)}}), 0,
         Deflate::own_window},
        {"L02_OneByteMore", frames({{0xc2, zeros(kAttackedMessageBytes + 1)}}), 1009,
         Deflate::own_window},
        {"L03_Garbage", frames({{0xc2, wire("ffffffff")}}), 1007, Deflate::own_window},
        {"L03_AFinalBlock", frames({{0xc1, wire("f348cdc9c9070000")}}), 0, Deflate::own_window},
        {"L04_OutputThatFillsABuffer",
         frames({{0xc2, zeros(4095)}, {0xc2, zeros(4096)}, {0xc2, zeros(16'384)}}), 0,
         Deflate::own_window},
        {"L05_AnErrorInTheMiddleOfAFrame", frames({{0xc1, wire("f248cd ffffff")}}), 1007,
         Deflate::shared},
        {"L05_AnErrorInTheMiddleOfAMessage",
         frames({{0x41, wire("f248cd")}, {0x80, wire("ffffff")}}), 1007, Deflate::shared},
        {"L06_FragmentsWithoutEnd", begun(FrameBytes(16'000), 4), 1009},
        {"L07_EmptyFragmentsWithoutEnd", begun({}, 1000), 1008},
        {"L08_EmptyMessagesWithoutEnd", some(5000, 0x82, 0)},
        {"L09_PingsWithoutEnd", some(5000, 0x89, 125)},
        {"L10_PongsWithoutEnd", some(5000, 0x8a, 7)},
        {"L11_APeerThatDoesNotRead", frames({{0x81, text_bytes(kFloods)}}), 0, Deflate::none, false,
         true},
        {"L17_AHandlerThatThrows", frames({{0x81, text_bytes(kThrows)}}), 1011, Deflate::none,
         false, true},
    };
}

/// Each of these attacks, in one piece and in small ones.
inline auto each_way(std::vector<FrameAttack> attacks) {
    return testing::Combine(testing::ValuesIn(std::move(attacks)), testing::Bool());
}

/// What the test says as a peer: in one piece, or in very small ones (row F16).
inline void say(RawClient& raw, const FrameBytes& bytes, bool in_bytes) {
    const std::size_t piece = !in_bytes ? bytes.size() : bytes.size() < 5000 ? 1 : 997;
    for (Bytes rest = bytes; !rest.empty();) {
        const Bytes next = rest.first(std::min(piece, rest.size()));
        if (!raw.send(as_text(next))) return;  // It had enough.
        rest = rest.subspan(next.size());
    }
}

/// A connection beside the one that is attacked, in which an error of the other would show: what it
/// sends needs its own window, or what it shares with the other.
class Bystander {
public:
    /// `role` is that of the test.
    Bystander(RawClient raw, Role role, Deflate deflate)
        : raw_(std::move(raw)), role_(role), deflate_(deflate) {
        raw_.send(frame(role_, 0xc1, kHello));
        EXPECT_EQ(echo(), "Hello");
    }
    /// Its message is inflated and comes back. RFC 7692 section 7.2.3.2: "Hello" from the window.
    void lives() {
        static const FrameBytes again = wire("f200110000");
        raw_.send(frame(role_, 0xc1, deflate_ == Deflate::own_window ? again : kHello));
        EXPECT_EQ(echo(), "Hello");
    }

private:
    static inline const FrameBytes kHello = wire("f248cdc9c90700");

    std::string echo() {
        const bool masked = role_ == Role::server;
        if (raw_.read(2) != (masked ? "\x81\x85" : "\x81\x05")) return "another frame, or none";
        const std::string key = masked ? raw_.read(4) : "";
        // Row F15: none comes twice.
        EXPECT_TRUE(!masked || keys_.insert(key).second);
        std::string text = raw_.read(5);
        for (std::size_t i = 0; masked && i < text.size(); ++i) {
            text[i] = static_cast<char>(text[i] ^ key[i % 4]);
        }
        return text;
    }

    RawClient raw_;
    Role role_;
    Deflate deflate_;
    std::set<std::string> keys_;
};

inline std::optional<deflate::Parameters> parameters_of(Deflate deflate) {
    if (deflate == Deflate::none) return std::nullopt;
    const bool each = deflate == Deflate::shared;
    return deflate::Parameters{.server_no_context_takeover = each,
                               .client_no_context_takeover = each};
}

/// What comes in from a peer in `role`.
inline Endpoint reader_of(Role role, Deflate deflate) {
    return Endpoint({.role = peer_of(role),
                     .options = {.max_message_bytes = kAttackedMessageBytes},
                     .compression = parameters_of(deflate)});
}

inline Trace messages_of(const Endpoint& reader) {
    Trace messages = reader.trace;
    std::erase_if(messages, [](const std::string& line) {
        return !line.starts_with("text") && !line.starts_with("binary");
    });
    return messages;
}

/// Plays the attack over `raw`, as a peer in `role`, to the end of the connection. The others live
/// before it ends and after.
inline void play(const FrameAttack& attack, bool in_bytes, RawClient& raw, Role role,
                 std::vector<Bystander>& others) {
    const FrameBytes bytes = attack.bytes(role);
    say(raw, bytes, in_bytes);
    for (auto& other : others) other.lives();
    if (attack.code == 0) raw.send(frame(role, 0x88, wire("03e8")));

    Endpoint answers = reader_of(peer_of(role), attack.deflate);
    while (answers.closes.empty()) {
        const std::string more = raw.read_some();
        if (more.empty()) break;
        answers.receive(as_bytes(more));
    }
    raw.shut_down();

    ASSERT_EQ(answers.closes.size(), 1U) << "it ended without a Close";
    EXPECT_EQ(static_cast<int>(answers.closes[0].code), attack.code == 0 ? 1000 : attack.code);
    EXPECT_EQ(raw.read_all(), "");
    Endpoint questions = reader_of(role, attack.deflate);
    questions.receive(bytes);
    const Trace asked = messages_of(questions);
    const bool echoed = messages_of(answers) == asked;
    EXPECT_TRUE(echoed || attack.is_no_echo) << messages_of(answers).size() << " messages";
    for (auto& other : others) other.lives();
}

}  // namespace tautline::test
