// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>

#include <tautline/base/error.hpp>
#include <tautline/io/operation.hpp>
#include <tautline/transport/byte_stream.hpp>

namespace tautline::dial {

using io::Operation;
using Stream = std::unique_ptr<transport::ByteStream>;
using OnStream = std::move_only_function<void(std::expected<Stream, Error>)>;

}  // namespace tautline::dial
