// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace tautline::taut {

/// A line of input on the terminal, with history, that other output does not break.
///
/// Built on libedit, which is handed the keys as they arrive and never waits for one.
/// Lifetime: the terminal is as it was before once `stop` or the destructor has run.
/// Threads: one.
class LineEditor {
public:
    struct Options {
        std::string prompt;        ///< Two columns wide.
        std::string colour;        ///< Of the prompt: an escape sequence, or empty.
        std::string history_file;  ///< Empty: none.
    };
    using OnLine = std::function<void(std::string line)>;
    using OnEnd = std::function<void()>;

    LineEditor(Options options, OnLine on_line, OnEnd on_end);
    ~LineEditor();
    LineEditor(const LineEditor&) = delete;
    LineEditor& operator=(const LineEditor&) = delete;

    /// Shows the prompt.
    void start();
    /// What was typed. Calls `on_line`, or `on_end` for Ctrl-D on an empty line.
    void receive(std::string_view typed);
    /// Writes whole lines, each ended by a line feed, above the line that is being typed.
    void print(std::string_view lines);
    /// Gives the terminal back; what was typed stays where it is. `start` goes on.
    void stop();
    /// The size of the terminal has changed.
    void resize();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tautline::taut
