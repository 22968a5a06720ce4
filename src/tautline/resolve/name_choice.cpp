// SPDX-License-Identifier: MIT
#include <tautline/resolve/name_choice.hpp>

namespace tautline::resolve {

void NameChoice::handle(std::string_view name, eyeballs::RecordType type, Finding finding) {
    if (settled_ || name != candidates_[at_]) return;
    if (finding == Finding::exists) {
        settled_ = true;
    } else if (type == eyeballs::RecordType::a) {
        if (finding == Finding::no_such_name) ++at_;
        settled_ = finding != Finding::no_such_name || at_ + 1 == candidates_.size();
    }
}

}  // namespace tautline::resolve
