// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/dns/service_record.hpp>

namespace tautline::dns {

/// Why a DNS message says nothing about a name.
enum class MessageError : std::uint8_t {
    malformed,       ///< Not a DNS response, or one that ends in the middle.
    server_failure,  ///< A response code other than NOERROR and NXDOMAIN.
};

[[nodiscard]] std::string_view message_for(MessageError error);

/// What a response says about the HTTPS records of a name. All empty: there are none.
struct ServiceAnswer {
    std::vector<ServiceRecord> records;  ///< Those that can be used, lowest priority first.
    std::string alias;                   ///< AliasMode: the name to ask for instead.
    std::uint32_t ttl_seconds = 0;       ///< The lowest of the records that led here.
};

/// Reads a response to a query for the HTTPS records of `name`.
///
/// CNAMEs in the answer are followed. A record with an unknown mandatory key ("ech" is unknown,
/// too) is left out; one malformed record leaves out all of them (RFC 9460 section 2.2).
/// Limits: the first 64 records of the message, 16 CNAMEs, 8 hints of a family, 16 protocols.
/// Spec: RFC 1035 section 4, RFC 9460 sections 2 and 7 to 9.
[[nodiscard]] std::expected<ServiceAnswer, MessageError> read_service_answer(Bytes message,
                                                                             std::string_view name);

/// For how many seconds a response without the records that were asked for may be kept;
/// std::nullopt: it does not say.
/// Spec: RFC 2308 section 5.
[[nodiscard]] std::optional<std::uint32_t> read_negative_ttl(Bytes message);

}  // namespace tautline::dns
