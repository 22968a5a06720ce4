// SPDX-License-Identifier: MIT
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "message_source.hpp"

namespace tautline::taut {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Outgoing message(std::string text) { return {Outgoing::Kind::message, std::move(text)}; }

// A file of the test, removed with it.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content)
        : path_(testing::TempDir() + "taut_message_source_test_XXXXXX") {
        ::close(::mkstemp(path_.data()));
        std::ofstream(path_, std::ios::binary) << content;
    }
    ~TemporaryFile() { std::filesystem::remove(path_); }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    [[nodiscard]] Outgoing outgoing() const { return {Outgoing::Kind::file, path_}; }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

// What the source yields, parts of one message joined.
std::vector<std::string> messages(MessageSource& source) {
    std::vector<std::string> found;
    while (true) {
        const auto piece = source.next();
        if (!piece || !*piece) return found;
        if ((*piece)->first) found.emplace_back();
        found.back() += as_text((*piece)->bytes);
    }
}

TEST(MessageSource, MessagesOfTheCommandLineComeFirstAndInOrder) {
    MessageSource source({message("a"), message("b")}, MessageType::text);

    source.feed("c\n");

    EXPECT_THAT(messages(source), ElementsAre("a", "b", "c"));
}

TEST(MessageSource, InputIsNotWantedWhileTheCommandLineHasMore) {
    MessageSource source({message("a")}, MessageType::text);
    EXPECT_FALSE(source.wants_input());

    EXPECT_THAT(messages(source), ElementsAre("a"));

    EXPECT_TRUE(source.wants_input());
}

TEST(MessageSource, IsFinishedWhenInputHasEndedAndAllWasTaken) {
    MessageSource source({}, MessageType::text);
    source.feed("a");
    source.end_input();
    EXPECT_FALSE(source.finished());

    EXPECT_THAT(messages(source), ElementsAre("a"));

    EXPECT_TRUE(source.finished());
    EXPECT_FALSE(source.wants_input());
}

TEST(MessageSource, BinaryInputIsSentAsItComes) {
    MessageSource source({}, MessageType::binary);

    source.feed("a\nb");
    auto found = messages(source);
    source.feed("\n");
    for (auto& more : messages(source)) found.push_back(more);

    EXPECT_THAT(found, ElementsAre("a\nb", "\n"));
}

TEST(MessageSource, AFileIsOneMessage) {
    const TemporaryFile file("one\ntwo\n");
    MessageSource source({file.outgoing()}, MessageType::binary);

    const auto piece = source.next().value();

    ASSERT_TRUE(piece);
    EXPECT_TRUE(piece->first && piece->last);
    EXPECT_EQ(piece->type, MessageType::binary);
    EXPECT_EQ(as_text(piece->bytes), "one\ntwo\n");
}

TEST(MessageSource, AnEmptyFileIsAnEmptyMessage) {
    const TemporaryFile file("");
    MessageSource source({file.outgoing()}, MessageType::text);
    EXPECT_THAT(messages(source), ElementsAre(""));
}

TEST(MessageSource, ALargeFileComesInParts) {
    const std::string content(200'000, 'x');
    const TemporaryFile file(content);
    MessageSource source({file.outgoing(), message("behind")}, MessageType::text);

    const auto first = source.next().value();
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->first && !first->last);
    const auto length = first->bytes.size();

    std::string rest;
    for (bool last = false; !last;) {
        const auto piece = source.next().value();
        ASSERT_TRUE(piece);
        EXPECT_FALSE(piece->first);
        rest += as_text(piece->bytes);
        last = piece->last;
    }
    EXPECT_EQ(length + rest.size(), content.size());
    EXPECT_THAT(messages(source), ElementsAre("behind"));
}

TEST(MessageSource, AFileOfExactlyOneBlockIsOnePiece) {
    const TemporaryFile file(std::string(64 * 1024, 'x'));
    MessageSource source({file.outgoing()}, MessageType::text);

    const auto piece = source.next().value();

    ASSERT_TRUE(piece);
    EXPECT_TRUE(piece->first && piece->last);
}

TEST(MessageSource, AFileCanBeAddedLater) {
    const TemporaryFile file("x");
    MessageSource source({}, MessageType::text);

    source.add_file(file.path(), MessageType::binary);

    EXPECT_EQ(source.next().value()->type, MessageType::binary);
}

TEST(MessageSource, AFileThatIsNotThereIsToldOfAndSkipped) {
    MessageSource source({{Outgoing::Kind::file, "/nowhere/at all"}, message("a")},
                         MessageType::text);

    const auto failed = source.next();

    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error(), HasSubstr("/nowhere/at all cannot be sent: "));
    EXPECT_THAT(messages(source), ElementsAre("a"));
}

TEST(MessageSource, AFolderIsNotAFile) {
    MessageSource source({{Outgoing::Kind::file, testing::TempDir()}}, MessageType::text);
    EXPECT_FALSE(source.next());
}

TEST(MessageSource, APieceSaysWhereItIsFrom) {
    const TemporaryFile file("x");
    MessageSource source({message("a"), file.outgoing()}, MessageType::text);
    source.feed("one\n\ntwo\n");

    std::vector<std::pair<std::string, std::uint64_t>> origins;
    while (const auto piece = source.next().value()) {
        origins.emplace_back(piece->path, piece->line);
    }

    EXPECT_THAT(origins, ElementsAre(Pair("", 0), Pair(file.path(), 0), Pair("", 1), Pair("", 2),
                                     Pair("", 3)));
}

TEST(MessageSource, ALineThatNeverEndsIsRefused) {
    MessageSource source({}, MessageType::text);
    source.feed("one\n" + std::string(LineSplitter::kLimit + 1, 'x'));
    EXPECT_EQ(as_text(source.next().value()->bytes), "one");

    const auto failed = source.next();

    ASSERT_FALSE(failed);
    EXPECT_THAT(failed.error(), HasSubstr("--binary"));
    EXPECT_THAT(failed.error(), HasSubstr("line 2 of the input has more than 64 MiB"));
    EXPECT_THAT(messages(source), IsEmpty());
}

}  // namespace
}  // namespace tautline::taut
