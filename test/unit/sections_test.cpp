#include "format/sections.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "format/error.h"

using namespace pg_flux::format;

namespace {

// A section in one line: "Up 1: text", with the line it starts on.
std::string described(const Section &section) {
  return std::string(section.direction == Direction::up ? "Up" : "Down") +
         (section.notransaction ? " autocommit" : "") + ' ' + std::to_string(section.line) + ": " +
         std::string(section.text);
}

using Sections = std::vector<std::string>;

struct Reading {
  Sections sections;
  bool ignored_code;
};

Reading read(std::string_view text, FileKind kind) {
  SectionReader reader(text, kind);
  Reading reading{};
  Section section;
  while (reader.next(section))
    reading.sections.push_back(described(section));
  EXPECT_FALSE(reader.next(section));
  reading.ignored_code = reader.ignored_code();
  return reading;
}

Sections sections_of(std::string_view text) { return read(text, FileKind::migration).sections; }
Sections undo_sections_of(std::string_view text) { return read(text, FileKind::undo).sections; }

// The error that reading ends with, as "line: reason".
std::string error_of(std::string_view text, FileKind kind = FileKind::migration) {
  SectionReader reader(text, kind);
  Section section;
  try {
    while (reader.next(section)) {
    }
  } catch (const Error &error) {
    return std::to_string(error.line()) + ": " + error.what();
  }
  return "none";
}

const Sections up_and_down = {"Up 2: a;\n", "Down 4: b;\n"};

} // namespace

TEST(Sections, SplitsUpAndDown) { EXPECT_EQ(sections_of("-- +migrate Up\na;\n-- +migrate Down\nb;\n"), up_and_down); }

TEST(Sections, TakesDownBeforeUpAsItComes) {
  EXPECT_EQ(sections_of("-- +migrate Down\nb;\n-- +migrate Up\na;\n"), (Sections{"Down 2: b;\n", "Up 4: a;\n"}));
}

TEST(Sections, HandsOutSeveralInFileOrder) {
  EXPECT_EQ(sections_of("-- +migrate Up\na\n-- +migrate Down notransaction\nb\n-- +migrate Up notransaction\nc\n"
                        "-- +migrate Up\n-- +migrate Down\nd"),
            (Sections{"Up 2: a\n", "Down autocommit 4: b\n", "Up autocommit 6: c\n", "Up 8: ", "Down 9: d"}));
}

TEST(Sections, TakesFileWithoutMarkersAsUp) {
  EXPECT_EQ(sections_of("a;\nb;\n"), Sections{"Up 1: a;\nb;\n"});
  EXPECT_EQ(sections_of(""), Sections{"Up 1: "});
  EXPECT_EQ(sections_of("\n"), Sections{"Up 1: \n"});
  EXPECT_FALSE(read("a;", FileKind::migration).ignored_code);
}

TEST(Sections, NeedsNoDownMarker) { EXPECT_EQ(sections_of("-- +migrate Up\na;"), Sections{"Up 2: a;"}); }

TEST(Sections, AllowsEmptySections) {
  EXPECT_EQ(sections_of("-- +migrate Up\n-- +migrate Down\n"), (Sections{"Up 2: ", "Down 3: "}));
  EXPECT_EQ(sections_of("-- +migrate Up"), Sections{"Up 1: "});
}

TEST(Sections, RefusesDownWithoutUp) {
  EXPECT_EQ(error_of("a;\n-- +migrate Down\nb;\n-- +migrate Down\n"), "2: a Down marker without an Up marker");
  EXPECT_EQ(error_of("-- +migrate StatementBegin\n-- +migrate Down\n"), "2: a Down marker without an Up marker");
}

TEST(Sections, HandsOutDownBeforeRefusingIt) {
  SectionReader reader("-- +migrate Down\nb", FileKind::migration);
  Section section;
  ASSERT_TRUE(reader.next(section));
  EXPECT_EQ(described(section), "Down 2: b");
  EXPECT_THROW(reader.next(section), Error);
}

TEST(Sections, PointsIntoTheGivenText) {
  const std::string text = "-- +migrate Up\na;\n";
  SectionReader reader(text, FileKind::migration);
  Section section;
  ASSERT_TRUE(reader.next(section));
  EXPECT_EQ(section.text.data(), text.data() + 15);
}

TEST(UndoFile, IsDownWithoutMarkers) {
  EXPECT_EQ(undo_sections_of("b;\nc;\n"), Sections{"Down 1: b;\nc;\n"});
  EXPECT_EQ(undo_sections_of(""), Sections{"Down 1: "});
}

TEST(UndoFile, MayHaveDownMarkers) {
  EXPECT_EQ(undo_sections_of("-- why\n-- +migrate Down\nb;\n-- +migrate Down notransaction\nc;"),
            (Sections{"Down 3: b;\n", "Down autocommit 5: c;"}));
}

TEST(UndoFile, CannotHaveUpMarkers) {
  EXPECT_EQ(error_of("b;\n -- +migrate Up\na;", FileKind::undo), "2: an undo file cannot have an Up marker");
  EXPECT_EQ(error_of("-- +migrate Down\nb;\n-- +migrate up", FileKind::undo),
            "3: an undo file cannot have an Up marker");
}

TEST(Markers, MayHaveAnyLetterCase) {
  EXPECT_EQ(sections_of("-- +migrate UP\na;\n-- +migrate dOWN\nb;\n"), up_and_down);
  EXPECT_EQ(sections_of("-- +MIGRATE up\na;\n-- +Migrate DOWN\nb;\n"), up_and_down);
  EXPECT_EQ(sections_of("-- +migrate Up NoTransaction\na"), Sections{"Up autocommit 2: a"});
  EXPECT_EQ(sections_of("-- +Migrate statementBEGIN\na"), Sections{"Up 1: -- +Migrate statementBEGIN\na"});
}

TEST(Markers, MayBeIndented) {
  EXPECT_EQ(sections_of("  -- +migrate Up\na;\n\t \t-- +migrate Down\nb;\n"), up_and_down);
}

TEST(Markers, MayHaveAnyBlanksBetweenWords) {
  EXPECT_EQ(sections_of("--+migrate Up\na;\n--\t+migrate \t Down  \t\nb;\n"), up_and_down);
  EXPECT_EQ(sections_of("--   +migrate\tUp  notransaction \na"), Sections{"Up autocommit 2: a"});
}

TEST(Markers, MustBeFirstOnTheirLine) {
  const Sections whole = {"Up 1: a; -- +migrate Up\n/* */ -- +migrate Down\n'\n' -- +migrate Down\n"};
  EXPECT_EQ(sections_of("a; -- +migrate Up\n/* */ -- +migrate Down\n'\n' -- +migrate Down\n"), whole);
  EXPECT_EQ(sections_of("/*\n*/ -- +migrate Up\n"), Sections{"Up 1: /*\n*/ -- +migrate Up\n"});
  EXPECT_EQ(sections_of("\f-- +migrate Up\n"), Sections{"Up 1: \f-- +migrate Up\n"});
}

TEST(Markers, ArePassedOverInsideQuotes) {
  for (const std::string text : {
           "'\n-- +migrate Down\n'",
           "'it''s\n-- +migrate Down\n'",
           "E'\\'\n-- +migrate Down\n'",
           "e'a'\n'\\'\n-- +migrate Down\n'",
           "U&'\n-- +migrate Down\n'",
           "\"\n-- +migrate Down\n\"",
           "\"a\"\"\n-- +migrate Down\n\"",
           "$$\n-- +migrate Down\n$$",
           "$tag$ $$\n-- +migrate Down\n$$ $tag$",
           "1$$\n-- +migrate Down\n$$",
           "/*\n-- +migrate Down\n*/",
           "/* /* */\n-- +migrate Down\n*/",
           "'unterminated\n-- +migrate Down\n",
           "-- comment -- +migrate Down\n",
       })
    EXPECT_EQ(sections_of("-- +migrate Up\n" + text), Sections{"Up 2: " + text});
}

TEST(Markers, AreHonouredAfterQuotes) {
  for (const std::string text : {
           "'it''s'\n",
           "'\\'\n",
           "nameE'\\'\n",
           "E'\\\\'\n",
           "E 'a\\'\n",
           "\"a\"\"b\"\n",
           "U&\"\\\"\n",
           "$$ ' $$\n",
           "a$$b\n",
           "$a b\n",
           "$1\n",
           "-- don't\n",
           "-- $$ /*\r",
           "/* ' /* \" */ $$ */\n",
       })
    EXPECT_EQ(sections_of("-- +migrate Up\n" + text + "-- +migrate Down\n").size(), 2U) << text;
}

TEST(Markers, EndAStringThatWouldBeContinued) {
  EXPECT_EQ(sections_of("-- +migrate Up\nE'a'\n-- +migrate Down\n'\\'\n-- +migrate Up\n'"),
            (Sections{"Up 2: E'a'\n", "Down 4: '\\'\n", "Up 6: '"}));
}

TEST(Markers, OfStatementsDoNotEndAString) {
  const std::string text = "E'a'\n-- +migrate StatementEnd\n'\\'\n-- +migrate Down\n'";
  EXPECT_EQ(sections_of(text), Sections{"Up 1: " + text});
}

TEST(Markers, OfStatementsStayInTheText) {
  EXPECT_EQ(sections_of("-- +migrate Up\n-- +migrate StatementBegin\na;\n--+migrate statementend\n-- +migrate Down\nb"),
            (Sections{"Up 2: -- +migrate StatementBegin\na;\n--+migrate statementend\n", "Down 6: b"}));
}

TEST(Markers, OfStatementsAreNoFirstMarker) {
  EXPECT_EQ(sections_of("-- +migrate StatementBegin\na;\n-- +migrate StatementEnd\n"),
            Sections{"Up 1: -- +migrate StatementBegin\na;\n-- +migrate StatementEnd\n"});
  EXPECT_EQ(undo_sections_of("-- +migrate StatementBegin\nb"), Sections{"Down 1: -- +migrate StatementBegin\nb"});

  const Reading reading = read("-- +migrate StatementBegin\n-- +migrate Up\na", FileKind::migration);
  EXPECT_EQ(reading.sections, Sections{"Up 3: a"});
  EXPECT_FALSE(reading.ignored_code);
}

TEST(Markers, AreNotOtherComments) {
  for (const std::string comment :
       {"-- +migrated", "-- migrate Up", "-- +migrateUp", "-- + migrate Up", "--- +migrate Up", "-- -- +migrate Up",
        "-- +migrate: Up", "-- ++migrate Up", "- - +migrate Up", "-- +migrat Up", "--", "-- see +migrate Up"})
    EXPECT_EQ(sections_of(comment + "\na"), Sections{"Up 1: " + comment + "\na"});
}

TEST(Markers, MustBeSpeltRight) {
  EXPECT_EQ(error_of("-- +migrate Up\n\n-- +migrate Dwon\n"), "3: unknown marker \"-- +migrate Dwon\"");
  EXPECT_EQ(error_of("\t--+MIGRATE  upp \t\r\n"), "1: unknown marker \"--+MIGRATE  upp\"");
  EXPECT_EQ(error_of("-- +migrate"), "1: unknown marker \"-- +migrate\"");
  EXPECT_EQ(error_of("-- +migrate Up;"), "1: unknown marker \"-- +migrate Up;\"");
  EXPECT_EQ(error_of("a\n-- +migrate Statement", FileKind::undo), "2: unknown marker \"-- +migrate Statement\"");
  EXPECT_EQ(error_of("a -- +migrate Dwon\n'\n-- +migrate Dwon'"), "none");
}

TEST(Markers, MustHaveKnownOptions) {
  EXPECT_EQ(error_of("-- +migrate Up\n-- +migrate Down now\n"),
            "2: unknown option \"now\" in marker \"-- +migrate Down now\"");
  EXPECT_EQ(error_of("-- +migrate Up notransaction, please"),
            "1: unknown option \"notransaction,\" in marker \"-- +migrate Up notransaction, please\"");
  EXPECT_EQ(error_of("-- +migrate Up notransaction please"),
            "1: unknown option \"please\" in marker \"-- +migrate Up notransaction please\"");
  EXPECT_EQ(error_of("-- +migrate StatementBegin notransaction"),
            "1: unknown option \"notransaction\" in marker \"-- +migrate StatementBegin notransaction\"");
}

TEST(Markers, AreCutInMessages) {
  EXPECT_EQ(error_of("-- +migrate " + std::string(48, 'x')),
            "1: unknown marker \"-- +migrate " + std::string(48, 'x') + "\"");
  EXPECT_EQ(error_of("-- +migrate " + std::string(49, 'x')),
            "1: unknown marker \"-- +migrate " + std::string(48, 'x') + "...\"");
  EXPECT_EQ(error_of("-- +migrate " + std::string(47, 'x') + "жж"),
            "1: unknown marker \"-- +migrate " + std::string(47, 'x') + "...\"");
  EXPECT_EQ(error_of("-- +migrate Up " + std::string(100, 'x')), "1: unknown option \"" + std::string(60, 'x') +
                                                                     "...\" in marker \"-- +migrate Up " +
                                                                     std::string(45, 'x') + "...\"");
}

TEST(Markers, EndWithAnyLineEnd) {
  EXPECT_EQ(sections_of("-- +migrate Up\r\na;\r\n-- +migrate Down\r\nb;\r\n"),
            (Sections{"Up 2: a;\r\n", "Down 4: b;\r\n"}));
  EXPECT_EQ(sections_of("-- +migrate Up\ra;\r-- +migrate Down\rb;"), (Sections{"Up 1: a;\r", "Down 1: b;"}));
  EXPECT_EQ(sections_of("-- +migrate Up\na;\n-- +migrate Down"), (Sections{"Up 2: a;\n", "Down 3: "}));
  EXPECT_EQ(sections_of("-- +migrate Up\r\n-- +migrate Down\r\n"), (Sections{"Up 2: ", "Down 3: "}));
}

TEST(ByteOrderMark, IsPassedOverAtTheStart) {
  EXPECT_EQ(sections_of("\xEF\xBB\xBF-- +migrate Up\na;\n-- +migrate Down\nb;\n"), up_and_down);
  EXPECT_EQ(sections_of("\xEF\xBB\xBF"
                        "a;"),
            Sections{"Up 1: a;"});
  EXPECT_FALSE(read("\xEF\xBB\xBF-- +migrate Up\n", FileKind::migration).ignored_code);
}

TEST(ByteOrderMark, IsTextElsewhere) {
  EXPECT_EQ(sections_of("a;\n\xEF\xBB\xBF-- +migrate Up\n"), Sections{"Up 1: a;\n\xEF\xBB\xBF-- +migrate Up\n"});
}

TEST(TextBeforeTheFirstMarker, IsIgnored) {
  EXPECT_EQ(sections_of("-- baseline-hash: sha256:0\nSELECT 'x';\n-- +migrate Up\na"), Sections{"Up 4: a"});
  EXPECT_EQ(sections_of("'\n'\n-- +migrate Up\na"), Sections{"Up 4: a"});
}

TEST(TextBeforeTheFirstMarker, IsReportedWhenItIsCode) {
  const auto ignored_code = [](const std::string &before) {
    return read(before + "\n-- +migrate Up\na;\n-- +migrate Down\nb", FileKind::migration).ignored_code;
  };
  EXPECT_TRUE(ignored_code("SELECT 1;"));
  EXPECT_TRUE(ignored_code("-- comment\n;"));
  EXPECT_TRUE(ignored_code("''"));
  EXPECT_FALSE(ignored_code(""));
  EXPECT_FALSE(ignored_code(" \t\r\n\f\v"));
  EXPECT_FALSE(ignored_code("-- a comment\n/* another\n/* nested */ */ -- and one"));
  EXPECT_TRUE(read("b;\n-- +migrate Down\nc", FileKind::undo).ignored_code);
}

TEST(Lines, CountLineFeedsInsideQuotesAndComments) {
  EXPECT_EQ(sections_of("\n\n-- +migrate Up\n'\n\n' /*\n*/ $$\n$$\n-- +migrate Down\n\nb"),
            (Sections{"Up 4: '\n\n' /*\n*/ $$\n$$\n", "Down 10: \nb"}));
  EXPECT_EQ(error_of("\n'\r\n'\r\n -- +migrate x"), "4: unknown marker \"-- +migrate x\"");
}

TEST(Trim, TakesBlanksFromBothEnds) {
  EXPECT_EQ(trim(" \t\n\r\f\va b\v\f\r\n\t "), "a b");
  EXPECT_EQ(trim("a"), "a");
  EXPECT_EQ(trim(" \n "), "");
  EXPECT_EQ(trim(""), "");
}

TEST(CountLines, CountsLineFeeds) {
  EXPECT_EQ(count_lines(""), 0U);
  EXPECT_EQ(count_lines("a"), 0U);
  EXPECT_EQ(count_lines("a\r\n\rb\n"), 2U);
}

// Were any of these read in quadratic time, the test would take minutes or hours.
class LinearTimeSections : public testing::TestWithParam<const char *> {};

TEST_P(LinearTimeSections, ReadsLongTexts) {
  constexpr std::size_t length = 2U << 20U;
  const std::string_view pattern = GetParam();
  std::string text = "-- +migrate Up\n";
  text.reserve(length + pattern.size());
  while (text.size() < length)
    text += pattern;

  SectionReader reader(text, FileKind::migration);
  Section section;
  std::size_t bytes = 0;
  while (reader.next(section))
    bytes += section.text.size();
  EXPECT_GT(bytes, 0U);
  EXPECT_LE(bytes, text.size());
}

INSTANTIATE_TEST_SUITE_P(Patterns, LinearTimeSections,
                         testing::Values("-- +migrate Up\n;", "-- +migrate StatementBegin\n", "--+migrate down\r ",
                                         "-- +migrated", "  --\n", " ", "\t\n", "--", "E'\n", "$a", "/*", "'"));
