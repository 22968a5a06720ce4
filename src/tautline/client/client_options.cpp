// SPDX-License-Identifier: MIT
#include <tautline/client/client_options.hpp>

#include <cstdlib>

namespace tautline {

proxy::Selector proxies_from_environment() {
    return proxy::Selector([](const char* name) -> std::optional<std::string> {
        const char* value = std::getenv(name);
        if (value == nullptr) return std::nullopt;
        return value;
    });
}

}  // namespace tautline
