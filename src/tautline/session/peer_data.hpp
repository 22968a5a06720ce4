// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include <tautline/base/assert.hpp>

namespace tautline {

/// Room for one value of a type of the application, which is made when it is first asked for.
///
/// Limits: every call of one object names the same type; another one stops the program.
/// Threads: one at a time.
class PeerData {
public:
    template <typename T>
    [[nodiscard]] T& get() {
        if (!held_) held_ = std::make_unique<HeldOf<T>>();
        TAUTLINE_ASSERT(held_->type == &kType<T>);
        return static_cast<HeldOf<T>&>(*held_).value;
    }
    /// Whether there is a value.
    [[nodiscard]] explicit operator bool() const { return held_ != nullptr; }

private:
    // Its address stands for the type, as programs may be built without RTTI.
    template <typename T>
    static constexpr char kType = 0;

    struct Held {
        explicit Held(const void* stands_for_type) : type(stands_for_type) {}
        Held(const Held&) = delete;
        Held& operator=(const Held&) = delete;
        virtual ~Held() = default;
        const void* const type;
    };
    template <typename T>
    struct HeldOf final : Held {
        HeldOf() : Held(&kType<T>) {}
        T value{};
    };

    std::unique_ptr<Held> held_;
};

}  // namespace tautline
