// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <tautline/base/bytes.hpp>
#include <tautline/proto/http/response_head.hpp>

namespace tautline::http {

struct BodyLimits {
    std::size_t kept_bytes = 1024;        ///< Of the content, for a person to read.
    std::size_t total_bytes = 64 * 1024;  ///< Of the body, its chunk lines included.
};

/// Reads the body of a response, keeps the beginning of it and finds its end.
///
/// Call `receive` while the state is `reading`; bytes that it does not take belong to what follows.
/// The result does not depend on how the bytes were split.
/// Limits: fails at the byte that crosses `total_bytes`.
/// Spec: RFC 9112 sections 6.3 and 7.1. The head may not be that of an answer to HEAD, nor of a 2xx
/// to CONNECT: those have no body whatever they say.
class BodyReader {
public:
    enum class State : std::uint8_t {
        reading,
        complete,
        failed,  ///< Broken framing, or over the limit: where the body ends is not known.
    };

    explicit BodyReader(const ResponseHead& head, BodyLimits limits = {});

    /// Returns how many bytes belong to the body.
    std::size_t receive(Bytes bytes);

    [[nodiscard]] State state() const { return state_; }
    /// Whether only the end of the stream ends this body.
    [[nodiscard]] bool until_end_of_stream() const { return part_ == Part::stream; }
    /// The first bytes of the content.
    [[nodiscard]] const std::string& kept() const { return kept_; }
    /// Whether `kept()` will not grow any more.
    [[nodiscard]] bool kept_full() const { return kept_.size() == limits_.kept_bytes; }

private:
    enum class Part : std::uint8_t { stream, content, size_line, chunk, chunk_end, trailer };

    std::size_t take_content(Bytes bytes);
    void take_line_byte(char byte);
    void finish_line();
    void finish_size_line();

    BodyLimits limits_;
    State state_ = State::reading;
    Part part_ = Part::stream;
    std::uint64_t left_ = 0;  // of the content or of the chunk
    std::size_t total_ = 0;
    std::string line_;
    std::string kept_;
};

}  // namespace tautline::http
