// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/preface.hpp>

#include <algorithm>
#include <string_view>

namespace tautline::h2 {

namespace {

constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

}  // namespace

Preface PrefaceDetector::receive(Bytes bytes) {
    const auto expected = kPreface.substr(matched_);
    const auto first = as_text(bytes.first(std::min(bytes.size(), expected.size())));
    if (!expected.starts_with(first)) return Preface::absent;
    matched_ += first.size();
    return matched_ == kPreface.size() ? Preface::whole : Preface::partial;
}

Bytes PrefaceDetector::matched() const { return as_bytes(kPreface.substr(0, matched_)); }

}  // namespace tautline::h2
