// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tautline/base/error.hpp>
#include <tautline/proto/eyeballs/options.hpp>
#include <tautline/proto/eyeballs/output.hpp>
#include <tautline/proto/http/uri.hpp>

namespace tautline::dial {

/// That somebody did not answer in time, and what to look at.
[[nodiscard]] Error timeout_error(Phase phase, std::string endpoint);

/// The same for a peer that agreed on HTTP/2 and did not begin it.
[[nodiscard]] Error settings_timeout(std::string endpoint);

/// The same at the end of the time for all together.
[[nodiscard]] Error deadline_error(Error error);

/// Why a race failed, for a person: the error of the attempt that came farthest, of those that
/// still ran when the time was up, and behind it what became of every attempt when there were
/// several.
[[nodiscard]] Error error_for(const eyeballs::Failed& failed, const http::Uri& uri);

/// The same, without a word of the time that was up.
[[nodiscard]] Error cause_of(const eyeballs::Failed& failed, const http::Uri& uri);

/// Says something more at the end of the sentence: what became of the attempts stays behind it.
void add_words(Error& error, std::string_view words);

/// Why a host that is an address cannot be tried, when only the other IP version is allowed.
[[nodiscard]] std::optional<Error> wrong_version(const http::Uri& uri,
                                                 const eyeballs::NetworkConfig& config);

/// The same for a peer that wants a certificate of ours, when it was shown one.
[[nodiscard]] Error with_own_certificate(Error error);

}  // namespace tautline::dial
