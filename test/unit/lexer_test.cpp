#include "format/lexer.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

using namespace pg_flux::format;

namespace {

const char *name_of(TokenKind kind) {
  switch (kind) {
  case TokenKind::line_comment:
    return "line comment";
  case TokenKind::block_comment:
    return "block comment";
  case TokenKind::string:
    return "string";
  case TokenKind::quoted_identifier:
    return "quoted identifier";
  case TokenKind::dollar_string:
    return "dollar string";
  case TokenKind::word:
    return "word";
  case TokenKind::blank:
    return "blank";
  case TokenKind::symbol:
    return "symbol";
  }
  return "?";
}

using Tokens = std::vector<std::string>;

// Every token but blanks, as "kind: text".
Tokens tokens_of(std::string_view text) {
  Tokens tokens;
  Lexer lexer(text);
  Token token;
  std::size_t end = 0;
  while (lexer.next(token)) {
    EXPECT_EQ(token.begin, end) << text;
    EXPECT_GT(token.end, token.begin) << text;
    end = token.end;
    if (token.kind != TokenKind::blank)
      tokens.push_back(name_of(token.kind) + (": " + std::string(text.substr(token.begin, token.end - token.begin))));
  }
  EXPECT_EQ(end, text.size()) << text;
  EXPECT_FALSE(lexer.next(token));
  return tokens;
}

} // namespace

TEST(Lexer, ReadsNothingFromNothing) { EXPECT_EQ(tokens_of(""), Tokens{}); }

TEST(Lexer, ReadsWordsAndSymbols) {
  EXPECT_EQ(tokens_of("SELECT a_1+b$c;"), (Tokens{"word: SELECT", "word: a_1", "symbol: +", "word: b$c", "symbol: ;"}));
  EXPECT_EQ(tokens_of("größe"), Tokens{"word: größe"});
  EXPECT_EQ(tokens_of("- / \\"), (Tokens{"symbol: -", "symbol: /", "symbol: \\"}));
}

TEST(Lexer, ReadsEveryBlank) {
  Lexer lexer(" \t\n\r\f\vx");
  Token token;
  ASSERT_TRUE(lexer.next(token));
  EXPECT_EQ(token.kind, TokenKind::blank);
  EXPECT_EQ(token.end, 6U);
}

TEST(Lexer, ReadsNumbersAndParameters) {
  EXPECT_EQ(tokens_of("12"), Tokens{"word: 12"});
  EXPECT_EQ(tokens_of("1.5e-3 2E+4 7. 1e5"), (Tokens{"word: 1.5e-3", "word: 2E+4", "word: 7.", "word: 1e5"}));
  EXPECT_EQ(tokens_of("1e+"), (Tokens{"word: 1", "word: e", "symbol: +"}));
  EXPECT_EQ(tokens_of("$1"), Tokens{"word: $1"});
  EXPECT_EQ(tokens_of("$12x"), (Tokens{"word: $12", "word: x"}));
}

TEST(Lexer, ReadsStandardStrings) {
  EXPECT_EQ(tokens_of("'a'"), Tokens{"string: 'a'"});
  EXPECT_EQ(tokens_of("'it''s' x"), (Tokens{"string: 'it''s'", "word: x"}));
  EXPECT_EQ(tokens_of("'' x"), (Tokens{"string: ''", "word: x"}));
  EXPECT_EQ(tokens_of("'''' x"), (Tokens{"string: ''''", "word: x"}));
  EXPECT_EQ(tokens_of("'a\\' x"), (Tokens{"string: 'a\\'", "word: x"}));
  EXPECT_EQ(tokens_of("'a\n--b\n/*c' x"), (Tokens{"string: 'a\n--b\n/*c'", "word: x"}));
}

TEST(Lexer, ReadsPrefixedStringsAsStandardOnes) {
  EXPECT_EQ(tokens_of("U&'\\' x"), (Tokens{"word: U", "symbol: &", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("b'\\' x"), (Tokens{"word: b", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("X'\\' x"), (Tokens{"word: X", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("n'\\' x"), (Tokens{"word: n", "string: '\\'", "word: x"}));
}

TEST(Lexer, TakesBackslashInEscapeStrings) {
  EXPECT_EQ(tokens_of(R"(E'\'' x)"), (Tokens{"word: E", R"(string: '\'')", "word: x"}));
  EXPECT_EQ(tokens_of(R"(e'\\' x)"), (Tokens{"word: e", R"(string: '\\')", "word: x"}));
  EXPECT_EQ(tokens_of(R"(e'a''\'b' x)"), (Tokens{"word: e", R"(string: 'a''\'b')", "word: x"}));
  EXPECT_EQ(tokens_of("e'\\\n' x"), (Tokens{"word: e", "string: '\\\n'", "word: x"}));
  EXPECT_EQ(tokens_of("e'' x"), (Tokens{"word: e", "string: ''", "word: x"}));
}

TEST(Lexer, WantsThePrefixDirectlyBeforeTheQuoteAndAlone) {
  EXPECT_EQ(tokens_of("E '\\' x"), (Tokens{"word: E", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("E/**/'\\' x"), (Tokens{"word: E", "block comment: /**/", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("E--\n'\\' x"), (Tokens{"word: E", "line comment: --", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("nameE'\\' x"), (Tokens{"word: nameE", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("a$E'\\' x"), (Tokens{"word: a$E", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("éE'\\' x"), (Tokens{"word: éE", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("\"a\"E'\\' ' x"), (Tokens{"quoted identifier: \"a\"", "word: E", "string: '\\' '", "word: x"}));
  EXPECT_EQ(tokens_of("'a'E'\\' ' x"), (Tokens{"string: 'a'", "word: E", "string: '\\' '", "word: x"}));
  EXPECT_EQ(tokens_of("(E'\\' ' x"), (Tokens{"symbol: (", "word: E", "string: '\\' '", "word: x"}));
}

TEST(Lexer, ContinuesEscapeStringsOnTheNextLine) {
  const Tokens two_strings = {"word: E", "string: 'a'", "string: '\\' '", "word: x"};
  EXPECT_EQ(tokens_of("E'a'\n'\\' ' x"), two_strings);
  EXPECT_EQ(tokens_of("E'a'\r'\\' ' x"), two_strings);
  EXPECT_EQ(tokens_of("E'a' \t\r\n\n \f '\\' ' x"), two_strings);
  EXPECT_EQ(tokens_of("E'a'\n''\n'\\' ' x"),
            (Tokens{"word: E", "string: 'a'", "string: ''", "string: '\\' '", "word: x"}));
}

TEST(Lexer, ContinuesEscapeStringsAcrossLineComments) {
  EXPECT_EQ(tokens_of("E'a' -- one\n'\\' ' x"),
            (Tokens{"word: E", "string: 'a'", "line comment: -- one", "string: '\\' '", "word: x"}));
  EXPECT_EQ(tokens_of("E'a'--one\n\n--two\r'\\' ' x"), (Tokens{"word: E", "string: 'a'", "line comment: --one",
                                                               "line comment: --two", "string: '\\' '", "word: x"}));
}

TEST(Lexer, DoesNotContinueEscapeStringsAcrossAnythingElse) {
  const std::string escape = "E'a'";
  EXPECT_EQ(tokens_of(escape + " '\\' x"), (Tokens{"word: E", "string: 'a'", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of(escape + "\n/**/'\\' x"),
            (Tokens{"word: E", "string: 'a'", "block comment: /**/", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of(escape + "/*\n*/'\\' x"),
            (Tokens{"word: E", "string: 'a'", "block comment: /*\n*/", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of(escape + "\n,'\\' x"),
            (Tokens{"word: E", "string: 'a'", "symbol: ,", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of(escape + "\nb\n'\\' x"),
            (Tokens{"word: E", "string: 'a'", "word: b", "string: '\\'", "word: x"}));
}

TEST(Lexer, DoesNotGiveEscapesToOtherStringsOnTheNextLine) {
  EXPECT_EQ(tokens_of("'a'\n'\\' x"), (Tokens{"string: 'a'", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("'a'\n\"E\"'\\' x"),
            (Tokens{"string: 'a'", "quoted identifier: \"E\"", "string: '\\'", "word: x"}));
  EXPECT_EQ(tokens_of("E\n'\\' x"), (Tokens{"word: E", "string: '\\'", "word: x"}));
}

TEST(Lexer, ReadsQuotedIdentifiers) {
  EXPECT_EQ(tokens_of("\"a\"\"b\" x"), (Tokens{"quoted identifier: \"a\"\"b\"", "word: x"}));
  EXPECT_EQ(tokens_of("U&\"a\\\" x"), (Tokens{"word: U", "symbol: &", "quoted identifier: \"a\\\"", "word: x"}));
  EXPECT_EQ(tokens_of("e\"\\\" x"), (Tokens{"word: e", "quoted identifier: \"\\\"", "word: x"}));
  EXPECT_EQ(tokens_of("\"a'--\n\" x"), (Tokens{"quoted identifier: \"a'--\n\"", "word: x"}));
}

TEST(Lexer, ReadsDollarQuotes) {
  EXPECT_EQ(tokens_of("$$a'b$$ x"), (Tokens{"dollar string: $$a'b$$", "word: x"}));
  EXPECT_EQ(tokens_of("$tag$ $$ $Tag$ $tag$ x"), (Tokens{"dollar string: $tag$ $$ $Tag$ $tag$", "word: x"}));
  EXPECT_EQ(tokens_of("$_a1$ $_a1$ x"), (Tokens{"dollar string: $_a1$ $_a1$", "word: x"}));
  EXPECT_EQ(tokens_of("$é$ $é$ x"), (Tokens{"dollar string: $é$ $é$", "word: x"}));
  EXPECT_EQ(tokens_of("$a$ $b$a$ x"), (Tokens{"dollar string: $a$ $b$a$", "word: x"}));
  EXPECT_EQ(tokens_of("$$$$x"), (Tokens{"dollar string: $$$$", "word: x"}));
  EXPECT_EQ(tokens_of("$$ $1 $$$"), (Tokens{"dollar string: $$ $1 $$", "symbol: $"}));
}

TEST(Lexer, TellsDollarsApart) {
  EXPECT_EQ(tokens_of("a$$b$$"), Tokens{"word: a$$b$$"});
  EXPECT_EQ(tokens_of("a $$b$$"), (Tokens{"word: a", "dollar string: $$b$$"}));
  EXPECT_EQ(tokens_of("1$$b$$"), (Tokens{"word: 1", "dollar string: $$b$$"}));
  EXPECT_EQ(tokens_of("1e5$$b$$"), (Tokens{"word: 1e5", "dollar string: $$b$$"}));
  EXPECT_EQ(tokens_of("$1$$b$$"), (Tokens{"word: $1", "dollar string: $$b$$"}));
  EXPECT_EQ(tokens_of("$1a$b"), (Tokens{"word: $1", "word: a$b"}));
  EXPECT_EQ(tokens_of("$a b"), (Tokens{"symbol: $", "word: a", "word: b"}));
  EXPECT_EQ(tokens_of("$a-$ b"), (Tokens{"symbol: $", "word: a", "symbol: -", "symbol: $", "word: b"}));
  EXPECT_EQ(tokens_of("\"a\"$$b$$"), (Tokens{"quoted identifier: \"a\"", "dollar string: $$b$$"}));
  EXPECT_EQ(tokens_of("+$$b$$"), (Tokens{"symbol: +", "dollar string: $$b$$"}));
}

TEST(Lexer, EndsLineCommentsAtEitherLineEnd) {
  EXPECT_EQ(tokens_of("--a\nx"), (Tokens{"line comment: --a", "word: x"}));
  EXPECT_EQ(tokens_of("--a\rx"), (Tokens{"line comment: --a", "word: x"}));
  EXPECT_EQ(tokens_of("--a'\"$$/*\nx"), (Tokens{"line comment: --a'\"$$/*", "word: x"}));
  EXPECT_EQ(tokens_of("--"), Tokens{"line comment: --"});
}

TEST(Lexer, NestsBlockComments) {
  EXPECT_EQ(tokens_of("/*a*/x"), (Tokens{"block comment: /*a*/", "word: x"}));
  EXPECT_EQ(tokens_of("/*a/*b*/c*/x"), (Tokens{"block comment: /*a/*b*/c*/", "word: x"}));
  EXPECT_EQ(tokens_of("/*/x*/y"), (Tokens{"block comment: /*/x*/", "word: y"}));
  EXPECT_EQ(tokens_of("/**/x"), (Tokens{"block comment: /**/", "word: x"}));
  EXPECT_EQ(tokens_of("/***/x"), (Tokens{"block comment: /***/", "word: x"}));
  EXPECT_EQ(tokens_of("/*//**/*/x"), (Tokens{"block comment: /*//**/*/", "word: x"}));
  EXPECT_EQ(tokens_of("/* ' \" $$ -- */x"), (Tokens{"block comment: /* ' \" $$ -- */", "word: x"}));
}

TEST(Lexer, FindsCommentsAmongOperators) {
  EXPECT_EQ(tokens_of("a+--b"), (Tokens{"word: a", "symbol: +", "line comment: --b"}));
  EXPECT_EQ(tokens_of("a---b"), (Tokens{"word: a", "line comment: ---b"}));
  EXPECT_EQ(tokens_of("a*/*b*/c"), (Tokens{"word: a", "symbol: *", "block comment: /*b*/", "word: c"}));
  EXPECT_EQ(tokens_of("a//*b*/"), (Tokens{"word: a", "symbol: /", "block comment: /*b*/"}));
  EXPECT_EQ(tokens_of("1e--b"), (Tokens{"word: 1", "word: e", "line comment: --b"}));
}

TEST(Lexer, LetsUnterminatedRegionsRunToTheEnd) {
  EXPECT_EQ(tokens_of("'a\n"), Tokens{"string: 'a\n"});
  EXPECT_EQ(tokens_of("'a''"), Tokens{"string: 'a''"});
  EXPECT_EQ(tokens_of("e'a\\'"), (Tokens{"word: e", "string: 'a\\'"}));
  EXPECT_EQ(tokens_of("e'\\"), (Tokens{"word: e", "string: '\\"}));
  EXPECT_EQ(tokens_of("\"a"), Tokens{"quoted identifier: \"a"});
  EXPECT_EQ(tokens_of("$a$b$A$"), Tokens{"dollar string: $a$b$A$"});
  EXPECT_EQ(tokens_of("$$"), Tokens{"dollar string: $$"});
  EXPECT_EQ(tokens_of("/*a/*b*/"), Tokens{"block comment: /*a/*b*/"});
  EXPECT_EQ(tokens_of("/*"), Tokens{"block comment: /*"});
}

TEST(SkipBlanksAndComments, FindsTheFirstCode) {
  EXPECT_EQ(skip_blanks_and_comments(""), 0U);
  EXPECT_EQ(skip_blanks_and_comments("x"), 0U);
  EXPECT_EQ(skip_blanks_and_comments(" \n\t"), 3U);
  EXPECT_EQ(skip_blanks_and_comments(" -- a\r\n/* /* b */ */ SELECT"), 21U);
  EXPECT_EQ(skip_blanks_and_comments("-- only a comment"), 17U);
  EXPECT_EQ(skip_blanks_and_comments("/* unterminated x"), 17U);
  EXPECT_EQ(skip_blanks_and_comments("\n'a'"), 1U);
  EXPECT_EQ(skip_blanks_and_comments(" ;"), 1U);
}

namespace {

void expect_found(std::string_view text, PsqlSyntax kind, std::size_t offset) {
  const PsqlSyntaxFound found = find_psql_syntax(text);
  EXPECT_EQ(found.kind, kind) << text;
  EXPECT_EQ(found.offset, offset) << text;
}

void expect_nothing(std::string_view text) { expect_found(text, PsqlSyntax::none, text.size()); }

} // namespace

TEST(PsqlSyntax, FindsMetaCommands) {
  expect_found("\\i file.sql", PsqlSyntax::meta_command, 0);
  expect_found("SELECT 1;\n  \\echo x", PsqlSyntax::meta_command, 12);
  expect_found("SELECT 1 \\gset", PsqlSyntax::meta_command, 9);
  expect_found("SELECT 1 \\; SELECT 2", PsqlSyntax::meta_command, 9);
}

TEST(PsqlSyntax, FindsNoMetaCommandInQuotes) {
  expect_nothing("SELECT '\\d', E'\\\\', \"\\d\", $$\\d$$ -- \\d\n/* \\d */");
  expect_nothing("");
}

TEST(PsqlSyntax, FindsCopyFromStdin) {
  expect_found("COPY t FROM STDIN;", PsqlSyntax::copy_data, 0);
  expect_found("SELECT 1; copy t(a, b) from stdin with (format csv);", PsqlSyntax::copy_data, 10);
  expect_found("-- x\nCopy /* y */ s.\"t\"\nFrom -- z\n  Stdin", PsqlSyntax::copy_data, 5);
  expect_found("COPY t FROM STDIN;\n1\t2\n\\.\n", PsqlSyntax::copy_data, 0);
  expect_found("(a; COPY t FROM stdin", PsqlSyntax::copy_data, 4);
  expect_found("COPY t) FROM stdin", PsqlSyntax::copy_data, 0);
}

TEST(PsqlSyntax, FindsWhateverComesFirst) {
  expect_found("\\echo x\nCOPY t FROM STDIN;", PsqlSyntax::meta_command, 0);
  expect_found("COPY t FROM STDIN; \\echo x", PsqlSyntax::copy_data, 0);
}

TEST(PsqlSyntax, LeavesOtherCopiesAlone) {
  expect_nothing("COPY t FROM '/tmp/stdin';");
  expect_nothing("COPY t FROM PROGRAM 'stdin';");
  expect_nothing("COPY t TO STDOUT;");
  expect_nothing("COPY (SELECT 1 FROM stdin) TO '/tmp/x';");
  expect_nothing("COPY t FROM '/tmp/x'; SELECT 1 FROM stdin;");
  expect_nothing("COPY t; FROM STDIN;");
  expect_nothing("COPY t FROM x STDIN;");
  expect_nothing("COPY t FROM \"stdin\";");
}

TEST(PsqlSyntax, WantsCopyAsTheFirstWord) {
  expect_nothing("SELECT copy FROM stdin;");
  expect_nothing("COMMENT ON TABLE copy IS 'x' FROM STDIN;");
  expect_nothing("(COPY t FROM STDIN);");
  expect_nothing("\"copy\" t FROM STDIN;");
  expect_nothing("DO $$ COPY t FROM STDIN; $$;");
}

// Were any of these read in quadratic time, the test would take minutes or hours.
class LinearTime : public testing::TestWithParam<const char *> {};

TEST_P(LinearTime, ReadsLongTexts) {
  constexpr std::size_t length = 2U << 20U;
  const std::string_view pattern = GetParam();
  std::string text;
  text.reserve(length + pattern.size());
  while (text.size() < length)
    text += pattern;

  Lexer lexer(text);
  Token token{TokenKind::blank, 0, 0};
  std::size_t tokens = 0;
  while (lexer.next(token))
    ++tokens;
  EXPECT_EQ(token.end, text.size());
  EXPECT_LE(tokens, text.size());

  EXPECT_LE(skip_blanks_and_comments(text), text.size());
  EXPECT_LE(find_psql_syntax(text).offset, text.size());
}

INSTANTIATE_TEST_SUITE_P(Patterns, LinearTime,
                         testing::Values("'", "''", "' ", "\"", "$", "$a", "$a$", "$ab$a", "$$a", "/*", "*/", "/", "-",
                                         "--", "--\n", "e", "E'", "E'\n", "E'a'\n", "E'a'\n--\n", "E'a' --x", "E'\\",
                                         "\\", "1e", "1e+", "1.", "$1", "a", "\xC3", " ", "\n", "(", "COPY a FROM ",
                                         "copy(", ";"));

TEST(LinearTimeOnce, ReadsOneLongPrefixOfADollarQuote) {
  const std::string tag(4U << 20U, 'a');
  EXPECT_EQ(tokens_of("$" + tag).size(), 2U);
  EXPECT_EQ(tokens_of("$" + tag + "$").size(), 1U);
  EXPECT_EQ(tokens_of("$" + tag + "$ $" + tag + " $" + tag + "$x").size(), 2U);
}

TEST(LinearTimeOnce, ReadsLongGapsAfterAnEscapeString) {
  std::string gap;
  while (gap.size() < (4U << 20U))
    gap += " --x\n";
  Lexer lexer(gap);
  EXPECT_EQ(tokens_of("E'a'" + gap + "'\\''").back(), "string: '\\''");
}
