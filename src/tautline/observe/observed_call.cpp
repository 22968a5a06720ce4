// SPDX-License-Identifier: MIT
#include <tautline/observe/observed_call.hpp>

#include <atomic>
#include <cstdint>

namespace tautline::observe {

CallId next_call_id() {
    // Nothing else is read by it: of threads that draw at once only the ids must differ.
    static std::atomic<std::uint64_t> last = 0;
    return CallId(last.fetch_add(1, std::memory_order_relaxed) + 1);
}

}  // namespace tautline::observe
