// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>

#include <tautline/base/error.hpp>
#include <tautline/io/operation.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::dial {

using io::Operation;
using Stream = std::unique_ptr<transport::ByteStream>;
using OnStream = std::move_only_function<void(std::expected<Stream, Error>)>;
using OnProgress = std::function<void()>;

/// Opens a transport, and knows how far it has come.
class TransportOperation : public Operation {
public:
    /// What there is to say when it is given up now; std::nullopt: nothing more than that.
    [[nodiscard]] virtual std::optional<Error> no_answer() const = 0;
};

}  // namespace tautline::dial
