// SPDX-License-Identifier: MIT
#include <tautline/proto/h2/error_code.hpp>

#include <string>

#include <tautline/base/error.hpp>

namespace tautline::h2 {

namespace {

// std::error_code takes 0 for success, so no_error has another value in it.
constexpr std::uint32_t kNoErrorValue = 0x100;

class Category final : public ErrorCategory {
public:
    [[nodiscard]] const char* name() const noexcept override { return "tautline.http2"; }
    [[nodiscard]] std::string_view name_of(int value) const noexcept override {
        const auto code = static_cast<std::uint32_t>(value);
        return name_for(ErrorCode(code == kNoErrorValue ? std::uint32_t{0} : code));
    }
    [[nodiscard]] std::string message(int value) const override {
        return "HTTP/2 " + std::string(name_of(value));
    }
};

}  // namespace

std::string_view name_for(ErrorCode code) {
    using enum ErrorCode;
    switch (code) {
        case no_error: return "no_error";
        case protocol_error: return "protocol_error";
        case internal_error: return "internal_error";
        case flow_control_error: return "flow_control_error";
        case settings_timeout: return "settings_timeout";
        case stream_closed: return "stream_closed";
        case frame_size_error: return "frame_size_error";
        case refused_stream: return "refused_stream";
        case cancel: return "cancel";
        case compression_error: return "compression_error";
        case connect_error: return "connect_error";
        case enhance_your_calm: return "enhance_your_calm";
        case inadequate_security: return "inadequate_security";
        case http_1_1_required: return "http_1_1_required";
    }
    return "unknown";
}

const std::error_category& error_category() {
    static const Category category;
    return category;
}

std::error_code make_error_code(ErrorCode code) {
    const auto value = static_cast<std::uint32_t>(code);
    return {static_cast<int>(value == 0 ? kNoErrorValue : value), error_category()};
}

}  // namespace tautline::h2
