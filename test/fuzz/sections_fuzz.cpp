// libFuzzer: whatever the text, src/format/ keeps its promises and says the same as the naive reference.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../unit/reference_scanner.h"
#include "format/ascii.h"
#include "format/error.h"
#include "format/lexer.h"
#include "format/normalize.h"
#include "format/sections.h"

using namespace pg_flux::format;

namespace {

void check(bool holds, const char *promise) {
  if (!holds) {
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
  }
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string result;
  for (std::size_t found = text.find(from); found != std::string_view::npos; found = text.find(from)) {
    result.append(text.substr(0, found)).append(to);
    text.remove_prefix(found + from.size());
  }
  return result.append(text);
}

char letter_of(TokenKind kind) {
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
  case TokenKind::word:
  case TokenKind::symbol:
    break;
  }
  return 0;
}

void check_tokens(std::string_view text, const std::vector<reference::Region> &expected) {
  std::vector<reference::Region> regions;
  Lexer lexer(text);
  Token token;
  std::size_t end = 0;
  while (lexer.next(token)) {
    check(token.begin == end, "no gap between tokens");
    check(token.end > token.begin, "no empty token");
    end = token.end;
    if (const char kind = letter_of(token.kind))
      regions.push_back({kind, token.begin, token.end});
  }
  check(end == text.size(), "tokens cover the text");
  check(regions == expected, "tokens are those of the reference");
}

bool is_code(std::size_t offset, const std::vector<reference::Region> &regions) {
  for (const reference::Region &region : regions) {
    if (offset >= region.begin && offset < region.end)
      return false;
  }
  return true;
}

void check_first_code(std::string_view text, const std::vector<reference::Region> &regions) {
  std::size_t end = 0;
  for (const reference::Region &region : regions) {
    if (region.begin != end || (region.kind != ' ' && region.kind != '-' && region.kind != '*'))
      break;
    end = region.end;
  }
  check(skip_blanks_and_comments(text) == end, "blanks and comments are skipped up to the first code");
}

void check_psql_syntax(std::string_view text, const std::vector<reference::Region> &regions) {
  const PsqlSyntaxFound found = find_psql_syntax(text);
  if (found.kind == PsqlSyntax::none) {
    check(found.offset == text.size(), "nothing is found at the end");
    for (std::size_t offset = 0; offset < text.size(); ++offset)
      check(text[offset] != '\\' || !is_code(offset, regions), "no backslash in code goes unfound");
    return;
  }
  check(is_code(found.offset, regions), "psql syntax is code");
  if (found.kind == PsqlSyntax::meta_command) {
    check(text[found.offset] == '\\', "a meta-command is a backslash");
    check(find_psql_syntax(text.substr(0, found.offset)).kind == PsqlSyntax::none, "the first one is found");
  } else {
    check(equal_ignoring_case(text.substr(found.offset, 4), "copy"), "COPY is where it is said to be");
  }
}

struct Reading {
  std::vector<Section> sections;
  bool ignored_code = false;
  std::optional<std::size_t> error_line;
};

Reading read(std::string_view text, FileKind kind) {
  Reading reading;
  SectionReader reader(text, kind);
  Section section;
  try {
    while (reader.next(section))
      reading.sections.push_back(section);
  } catch (const Error &error) {
    check(error.what()[0] != '\0', "an error has a reason");
    reading.error_line = error.line();
  }
  reading.ignored_code = reader.ignored_code();
  return reading;
}

std::size_t offset_in(std::string_view text, const Section &section) {
  return static_cast<std::size_t>(section.text.data() - text.data());
}

void check_order(std::string_view text, const Reading &reading) {
  std::size_t end = 0;
  for (const Section &section : reading.sections) {
    const std::size_t begin = offset_in(text, section);
    check(begin >= end && begin + section.text.size() <= text.size(), "sections lie in the text, in order and apart");
    check(section.line == 1 + count_lines(text.substr(0, begin)), "a section knows its line");
    end = begin + section.text.size();
  }
  if (!reading.error_line)
    check(end == text.size(), "the last section ends with the text");
}

void check_against_reference(std::string_view text, FileKind kind, const Reading &reading) {
  const reference::File expected = reference::read_file(text, kind == FileKind::undo);
  check(reading.error_line == expected.error_line, "errors are those of the reference");
  check(reading.ignored_code == expected.ignored_code, "ignored code is that of the reference");
  check(reading.sections.size() == expected.sections.size(), "there are as many sections as in the reference");
  for (std::size_t i = 0; i < reading.sections.size(); ++i) {
    const Section &section = reading.sections[i];
    const std::size_t begin = offset_in(text, section);
    const reference::Section found = {section.direction == Direction::up, section.notransaction, begin,
                                      begin + section.text.size(), section.line};
    check(found == expected.sections[i], "sections are those of the reference");
  }
}

// A section holds no marker any more. Not so after a byte order mark: it is text inside a file and nothing before one.
void check_sections_are_whole(const Reading &reading) {
  for (const Section &section : reading.sections) {
    if (without_byte_order_mark(section.text).size() < section.text.size())
      continue;
    const Reading again = read(section.text, FileKind::migration);
    check(!again.error_line && again.sections.size() == 1 && again.sections[0].text == section.text,
          "a section is all of one piece");
  }
}

void check_line_ends(std::string_view text, FileKind kind, const Reading &reading) {
  if (text.find('\r') != std::string_view::npos)
    return;
  const std::string with_crlf = replaced(text, "\n", "\r\n");
  const Reading other = read(with_crlf, kind);
  check(other.error_line == reading.error_line, "errors do not depend on line ends");
  check(other.ignored_code == reading.ignored_code, "ignored code does not depend on line ends");
  check(other.sections.size() == reading.sections.size(), "the number of sections does not depend on line ends");
  for (std::size_t i = 0; i < other.sections.size(); ++i) {
    check(replaced(other.sections[i].text, "\r\n", "\n") == reading.sections[i].text,
          "sections do not depend on line ends");
    check(other.sections[i].line == reading.sections[i].line, "lines do not depend on line ends");
  }
}

void check_sections(std::string_view text, FileKind kind) {
  const Reading reading = read(text, kind);
  check_order(text, reading);
  check_against_reference(text, kind, reading);
  check_sections_are_whole(reading);
  check_line_ends(text, kind, reading);
}

// The output has its exact size, so that the sanitizer sees a byte too many.
std::string normalized(std::string_view text) {
  std::vector<char> out(text.size());
  const std::size_t size = normalize(text, out.data());
  check(size <= text.size(), "a text does not grow");
  return std::string(out.data(), size);
}

void check_normalize(std::string_view text) {
  const std::string once = normalized(text);
  check(once.find("\r\n") == std::string::npos, "no CRLF is left");
  check(count_lines(once) == count_lines(text), "no line is lost");
  check(replaced(once, "\r", "") == replaced(without_byte_order_mark(text), "\r", ""), "nothing but CR is lost");
  check(normalized(once) == without_byte_order_mark(once), "a normal text stays as it is");
  check(normalized(replaced(once, "\n", "\r\n")) == without_byte_order_mark(once), "line ends do not matter");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const std::vector<reference::Region> regions = reference::regions_of(text);
  check_tokens(text, regions);
  check_first_code(text, regions);
  check_psql_syntax(text, regions);
  check_sections(text, FileKind::migration);
  check_sections(text, FileKind::undo);
  check_normalize(text);
  return 0;
}
