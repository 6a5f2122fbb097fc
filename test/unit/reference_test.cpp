// Compares the lexer and the section reader with the naive reference on many short texts that are made to confuse them.
#include "reference_scanner.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "format/error.h"
#include "format/lexer.h"
#include "format/sections.h"

using namespace pg_flux::format;

namespace {

using Pieces = std::vector<std::string_view>;

// The same texts on every machine: the generator's output is standardized, that of distributions is not.
class Texts {
public:
  explicit Texts(Pieces pieces) : pieces_(std::move(pieces)) {}

  std::string next(std::size_t longest) {
    std::string text;
    for (std::size_t count = 1 + random_() % longest; count > 0; --count)
      text += pieces_[random_() % pieces_.size()];
    return text;
  }

private:
  Pieces pieces_;
  std::mt19937 random_{20240229};
};

char kind_letter(TokenKind kind) {
  switch (kind) {
  case TokenKind::line_comment:
    return '-';
  case TokenKind::block_comment:
    return '*';
  case TokenKind::string:
    return '\'';
  case TokenKind::quoted_identifier:
    return '"';
  case TokenKind::dollar_string:
    return '$';
  case TokenKind::blank:
    return ' ';
  default:
    return 0;
  }
}

std::vector<reference::Region> regions_of(std::string_view text) {
  std::vector<reference::Region> regions;
  Lexer lexer(text);
  Token token;
  while (lexer.next(token)) {
    if (const char kind = kind_letter(token.kind))
      regions.push_back({kind, token.begin, token.end});
  }
  return regions;
}

reference::File read_file(std::string_view text, FileKind kind) {
  reference::File file;
  SectionReader reader(text, kind);
  Section section;
  try {
    while (reader.next(section)) {
      const auto begin = static_cast<std::size_t>(section.text.data() - text.data());
      file.sections.push_back({section.direction == Direction::up, section.notransaction, begin,
                               begin + section.text.size(), section.line});
    }
  } catch (const Error &error) {
    file.error_line = error.line();
  }
  file.ignored_code = reader.ignored_code();
  return file;
}

bool equal(const reference::File &left, const reference::File &right) {
  return left.sections == right.sections && left.ignored_code == right.ignored_code &&
         left.error_line == right.error_line;
}

constexpr int rounds = 200000;

} // namespace

TEST(Reference, AgreesOnTokens) {
  Texts texts({"'", "\"", "$", "\\", "E", "e", "a", "1", "-", "/", "*", "+", " ", "\n", "\r", ";", "\xC3", "_"});
  for (int round = 0; round < rounds; ++round) {
    const std::string text = texts.next(14);
    ASSERT_EQ(regions_of(text), reference::regions_of(text)) << testing::PrintToString(text);
  }
}

TEST(Reference, AgreesOnStrings) {
  Texts texts({"'", "''", "\\", "\\'", "E'", "e", " ", "\n", "--", "a", "E'a'\n", "/*", "*/"});
  for (int round = 0; round < rounds; ++round) {
    const std::string text = texts.next(10);
    ASSERT_EQ(regions_of(text), reference::regions_of(text)) << testing::PrintToString(text);
  }
}

TEST(Reference, AgreesOnDollars) {
  Texts texts({"$", "$$", "$a$", "$b", "a", "b$", "1", "e5", "_", " ", "'", "\xC3\xA9"});
  for (int round = 0; round < rounds; ++round) {
    const std::string text = texts.next(10);
    ASSERT_EQ(regions_of(text), reference::regions_of(text)) << testing::PrintToString(text);
  }
}

TEST(Reference, AgreesOnMarkers) {
  Texts texts({"-- +migrate Up\n",
               "--+MIGRATE down\r\n",
               "-- +migrate Down notransaction\r",
               "\t-- +migrate up",
               "-- +migrate StatementBegin\n",
               "-- +migrated\n",
               "'",
               "E'",
               "\\",
               "\"",
               "$$",
               "$a$",
               "/*",
               "*/",
               "--",
               "\n",
               "\r",
               " ",
               "\t",
               "x",
               ";",
               "\xEF\xBB\xBF"});
  for (int round = 0; round < rounds; ++round) {
    const std::string text = texts.next(12);
    for (const FileKind kind : {FileKind::migration, FileKind::undo}) {
      const bool agree = equal(read_file(text, kind), reference::read_file(text, kind == FileKind::undo));
      ASSERT_TRUE(agree) << testing::PrintToString(text);
    }
  }
}

TEST(Reference, AgreesOnMisspeltMarkers) {
  Texts texts({"-- +migrate", " Up", " Down", " notransaction", " now", "x", "\n", "\r", "\n-- +migrate Up\n", " ", "'",
               "-- ", "\n--"});
  for (int round = 0; round < rounds; ++round) {
    const std::string text = texts.next(8);
    const bool agree = equal(read_file(text, FileKind::migration), reference::read_file(text, false));
    ASSERT_TRUE(agree) << testing::PrintToString(text);
  }
}
