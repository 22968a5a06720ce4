// SPDX-License-Identifier: MIT
#include <tautline/proto/http/request_head.hpp>

namespace tautline::http {

std::string_view RequestHead::path() const {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view RequestHead::query() const {
    const auto mark = target.find('?');
    return mark == std::string::npos ? std::string_view()
                                     : std::string_view(target).substr(mark + 1);
}

}  // namespace tautline::http
