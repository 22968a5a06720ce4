// SPDX-License-Identifier: MIT
#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cstring>
#include <cwchar>
#include <utility>

#include <fmt/format.h>
#include <histedit.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "key_sequence.hpp"
#include "line_editor.hpp"

namespace tautline::taut {

namespace {

constexpr int kHistoryLines = 1000;
constexpr std::size_t kPromptColumns = 2;
constexpr std::size_t kTabColumns = 8;
constexpr char kEndOfInput = '\x04';  // Ctrl-D
// Between these a terminal that was asked to sends what is pasted.
constexpr std::string_view kAskForMarks = "\x1b[?2004h";
constexpr std::string_view kNoMarks = "\x1b[?2004l";
constexpr std::string_view kPasteBegins = "\x1b[200~";
constexpr std::string_view kPasteEnds = "\x1b[201~";
// Brackets the parts of a prompt that take no room; see EL_PROMPT_ESC.
constexpr char kInvisible = '\x01';

// libedit reads and writes characters as the locale has them, and text is UTF-8.
void use_utf8() {
    std::setlocale(LC_CTYPE, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0) std::setlocale(LC_CTYPE, "C.UTF-8");
}

std::size_t terminal_columns() {
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

// A tab goes to the next stop of its row, at least by one column.
std::size_t behind_tab(std::size_t at, std::size_t row) {
    do {
        ++at;
    } while (at % row % kTabColumns != 0);
    return at;
}

// Where `text` behind the prompt ends, in columns from the start of the prompt, on a screen whose
// rows have `row` columns; controls are shown as ^X.
std::size_t end_of(std::string_view text, std::size_t row) {
    std::size_t at = kPromptColumns;
    std::mbstate_t state{};
    while (!text.empty()) {
        wchar_t character = 0;
        const auto length = std::mbrtowc(&character, text.data(), text.size(), &state);
        if (length == 0 || length > text.size()) return at + text.size();
        const int width = ::wcwidth(character);
        at = character == L'\t' ? behind_tab(at, row)
                                : at + (width < 0 ? 2 : static_cast<std::size_t>(width));
        text.remove_prefix(length);
    }
    return at;
}

void write_out(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

}  // namespace

struct LineEditor::State {
    std::string prompt;
    std::string history_file;
    OnLine on_line;
    OnEnd on_end;
    EditLine* editor = nullptr;
    History* history = nullptr;
    std::string arrived;  // from the terminal, not looked at yet
    std::string typed;    // keys that libedit was not given yet
    bool started = false;

    static State& of(EditLine* editor);
    static char* show_prompt(EditLine* editor) { return of(editor).prompt.data(); }
    static int next_character(EditLine* editor, wchar_t* character);

    void remember(const std::string& line);
    void load_history();
    void save_history();
    void leave();
    bool take_line(std::string& line);
    void feed_key();
    bool take_paste();
    bool take_keys();
    void erase_line() const;
    void insert(const std::string& text);
};

LineEditor::State& LineEditor::State::of(EditLine* editor) {
    void* data = nullptr;
    ::el_get(editor, EL_CLIENTDATA, &data);
    return *static_cast<State*>(data);
}

// For libedit. An answer of 0 is the end of input, which ends its turn without any effect.
int LineEditor::State::next_character(EditLine* editor, wchar_t* character) {
    auto& typed = of(editor).typed;
    if (typed.empty()) return 0;
    std::mbstate_t state{};
    auto length = std::mbrtowc(character, typed.data(), typed.size(), &state);
    if (length == 0 || length > typed.size()) {
        *character = static_cast<unsigned char>(typed[0]);
        length = 1;
    }
    typed.erase(0, length);
    return 1;
}

void LineEditor::State::remember(const std::string& line) {
    if (line.empty()) return;
    HistEvent event{};
    ::history(history, &event, H_ENTER, line.c_str());
}

void LineEditor::State::load_history() {
    history = ::history_init();
    HistEvent event{};
    ::history(history, &event, H_SETSIZE, kHistoryLines);
    ::history(history, &event, H_SETUNIQUE, 1);
    if (!history_file.empty()) ::history(history, &event, H_LOAD, history_file.c_str());
}

void LineEditor::State::save_history() {
    if (history_file.empty()) return;
    // Lines may hold secrets: nobody else may read them.
    const auto mask = ::umask(S_IRWXG | S_IRWXO);
    HistEvent event{};
    ::history(history, &event, H_SAVE, history_file.c_str());
    ::umask(mask);
}

LineEditor::LineEditor(Options options, OnLine on_line, OnEnd on_end)
    : state_(std::make_unique<State>()) {
    use_utf8();
    auto& state = *state_;
    state.prompt = options.prompt;
    if (!options.colour.empty()) {
        state.prompt =
            fmt::format("{0}{1}{0}{2}{0}\x1b[0m{0}", kInvisible, options.colour, options.prompt);
    }
    state.history_file = std::move(options.history_file);
    state.on_line = std::move(on_line);
    state.on_end = std::move(on_end);
    state.load_history();
    state.editor = ::el_init("taut", stdin, stdout, stderr);
    ::el_set(state.editor, EL_CLIENTDATA, state_.get());
    ::el_set(state.editor, EL_PROMPT_ESC, &State::show_prompt, kInvisible);
    ::el_set(state.editor, EL_EDITOR, "emacs");
    ::el_set(state.editor, EL_HIST, &::history, state.history);
    ::el_set(state.editor, EL_GETCFN, &State::next_character);
    // The incremental search of libedit waits for keys; searching by what was typed does not.
    ::el_set(state.editor, EL_BIND, "^R", "ed-search-prev-history", nullptr);
    ::el_set(state.editor, EL_BIND, "^S", "ed-search-next-history", nullptr);
    // A tab completes nothing here; it is a part of what is typed.
    ::el_set(state.editor, EL_BIND, "^I", "ed-insert", nullptr);
    // Not every terminal's description has it.
    ::el_set(state.editor, EL_BIND, "\\e[3~", "ed-delete-next-char", nullptr);
}

LineEditor::~LineEditor() {
    stop();
    state_->save_history();
    ::el_end(state_->editor);
    ::history_end(state_->history);
}

void LineEditor::start() {
    if (std::exchange(state_->started, true)) return;
    write_out(kAskForMarks);
    ::el_set(state_->editor, EL_UNBUFFERED, 1);
}

void LineEditor::stop() {
    if (!state_->started) return;
    ::el_set(state_->editor, EL_UNBUFFERED, 0);
    state_->leave();
}

void LineEditor::State::leave() {
    started = false;
    write_out(fmt::format("{}\r\x1b[J", kNoMarks));
}

void LineEditor::resize() { ::el_resize(state_->editor); }

// Whether the key that was fed ended the line.
bool LineEditor::State::take_line(std::string& line) {
    int count = 0;
    const char* text = ::el_gets(editor, &count);
    if (text == nullptr || count <= 0) return false;
    // After `count` bytes come the remains of earlier lines.
    line.assign(text, static_cast<std::size_t>(count));
    return line.ends_with('\n') || line == std::string(1, kEndOfInput);
}

void LineEditor::State::feed_key() {
    std::string line;
    if (!take_line(line)) return;
    // Begins the next line, with the prompt.
    ::el_set(editor, EL_UNBUFFERED, 0);
    if (line[0] == kEndOfInput) {
        leave();
        on_end();
        return;
    }
    line.pop_back();
    remember(line);
    ::el_set(editor, EL_UNBUFFERED, 1);
    std::ranges::replace(line, kLineBreak, '\n');
    on_line(std::move(line));
}

bool LineEditor::State::take_keys() {
    if (arrived.starts_with(kPasteBegins)) return false;
    const auto length = std::min(whole_keys(arrived), arrived.find(kPasteBegins));
    if (length == 0) return false;
    typed += keys_for_editor(std::string_view(arrived).substr(0, length));
    arrived.erase(0, length);
    while (started && !typed.empty()) feed_key();
    return true;
}

// What is pasted is text, whatever its characters mean as keys.
bool LineEditor::State::take_paste() {
    if (!arrived.starts_with(kPasteBegins)) return false;
    const auto end = arrived.find(kPasteEnds);
    if (end == std::string::npos) return false;
    insert(in_one_line(std::string_view(arrived).substr(0, end).substr(kPasteBegins.size())));
    arrived.erase(0, end + kPasteEnds.size());
    return true;
}

void LineEditor::State::insert(const std::string& text) {
    erase_line();
    // It takes UTF-8 only, and no nothing.
    if (!text.empty() && ::el_insertstr(editor, text.c_str()) != 0) write_out("\a");
    ::el_set(editor, EL_REFRESH);
}

void LineEditor::receive(std::string_view typed) {
    auto& state = *state_;
    state.arrived += typed;
    while (state.started && (state.take_paste() || state.take_keys())) {
    }
}

// Leaves the cursor where the prompt began.
void LineEditor::State::erase_line() const {
    const auto* line = ::el_line(editor);
    const std::string_view before(line->buffer,
                                  static_cast<std::size_t>(line->cursor - line->buffer));
    const auto columns = terminal_columns();
    const auto rows = end_of(before, columns) / columns;
    write_out(rows > 0 ? fmt::format("\r\x1b[{}A\x1b[J", rows) : "\r\x1b[J");
}

void LineEditor::print(std::string_view lines) {
    if (!state_->started) {
        write_out(lines);
        return;
    }
    state_->erase_line();
    write_out(lines);
    ::el_set(state_->editor, EL_REFRESH);
}

}  // namespace tautline::taut
