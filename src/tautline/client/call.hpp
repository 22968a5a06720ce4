// SPDX-License-Identifier: MIT
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>

#include <tautline/base/error.hpp>
#include <tautline/base/time.hpp>
#include <tautline/client/call_policy.hpp>
#include <tautline/client/client_options.hpp>
#include <tautline/dial/operation.hpp>
#include <tautline/dial/upgrade.hpp>
#include <tautline/io/loop.hpp>
#include <tautline/io/turn_queue.hpp>
#include <tautline/observe/observed_call.hpp>
#include <tautline/proto/http/uri.hpp>
#include <tautline/session/driver.hpp>
#include <tautline/session/registry.hpp>

namespace tautline::client {

/// The whole way from a URL to a running session, within `options.handshake_timeout`.
///
/// Calls back exactly once, from the loop, never inside `start`; when it succeeds,
/// `handlers.on_open` has been called. When a hook of `options` throws it fails with
/// `UsageError::handler_threw`; on a loop whose clients were ended, with `UsageError::cancelled`.
/// Lifetime: owned by the loop's registry of clients until then; the end of the loop destroys it
/// without a call.
/// Threads: those of the loop.
class Call final : public session::SharedMember, private io::TurnNode {
public:
    using Result = std::expected<session::Driver*, Error>;
    using Done = std::move_only_function<void(Result)>;

    static std::weak_ptr<Call> start(io::Loop& loop, std::string url, ClientOptions options,
                                     Handlers handlers, Done done);

    Call(io::Loop& loop, std::string url, ClientOptions options, Handlers handlers, Done done);
    ~Call() override;

    /// Gives up: calls back with `UsageError::cancelled`.
    void cancel();
    /// The same in the turn in which it would begin: nothing is asked or opened.
    void cancel_soon() { cancelled_ = true; }

private:
    void go_away() override { cancel(); }
    void drop() override { cancel(); }
    void on_turn() override;

    /// What `question` gives; nothing when the call is over behind it, as when it threw.
    template <typename Question>
    [[nodiscard]] std::optional<std::invoke_result_t<Question>> ask(Question question);
    [[nodiscard]] Error threw() const;
    [[nodiscard]] std::expected<void, Error> prepare();
    [[nodiscard]] std::expected<void, Error> admit();
    void dial();
    void opened(std::expected<dial::Upgraded, Error> result);
    void refused(Error error);
    session::Driver& start_session(dial::Upgraded upgraded);
    void fail(Error error);
    [[nodiscard]] Done end();
    void observe(const observe::Event& event);

    io::Loop& loop_;
    session::Registry& registry_;
    std::string url_;
    ClientOptions options_;
    const observe::ObservedCall observed_;
    Instant deadline_;
    Handlers handlers_;
    Done done_;
    std::optional<CallPolicy> policy_;  // once the URL is known to be one
    std::optional<Admission::Permit> permit_;
    std::unique_ptr<dial::Operation> dialing_;
    bool cancelled_ = false;  // before it began
};

}  // namespace tautline::client
