#include "format/sections.h"

#include <algorithm>
#include <string>
#include <utility>

#include "format/ascii.h"
#include "format/error.h"
#include "format/lexer.h"
#include "format/normalize.h"

namespace pg_flux::format {

namespace {

// Takes the first word off text, with the blanks before it; empty when there is none.
std::string_view take_word(std::string_view &text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const std::string_view word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

// Text in quotes for a message, cut between two UTF-8 characters when it is long.
std::string quoted(std::string_view text) {
  constexpr std::size_t longest = 60;
  if (text.size() <= longest)
    return '"' + std::string(text) + '"';

  const auto is_inside_character = [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; };
  std::size_t end = longest;
  while (end > 0 && is_inside_character(text[end]))
    --end;
  return '"' + std::string(text.substr(0, end)) + "...\"";
}

std::string quoted_marker(std::string_view comment) { return "marker " + quoted(trim(comment)); }

// Where the line begins on which offset is the first byte after spaces and tabs; nothing when more stands before it.
std::optional<std::size_t> line_begun_at(std::string_view text, std::size_t offset) noexcept {
  const std::size_t begin = text.substr(0, offset).find_last_not_of(" \t") + 1; // npos + 1 is 0
  if (begin == 0 || is_newline(text[begin - 1]))
    return begin;
  return std::nullopt;
}

// The length of the LF, CRLF or CR at the start of text; 0 at the end of the text.
std::size_t line_end_length(std::string_view text) noexcept {
  if (text.substr(0, 2) == "\r\n")
    return 2;
  return text.empty() ? 0 : 1;
}

} // namespace

SectionReader::SectionReader(std::string_view text, FileKind kind) noexcept
    : kind_(kind),
      rest_(without_byte_order_mark(text)), marker_{kind == FileKind::migration ? Direction::up : Direction::down,
                                                    false} {}

bool SectionReader::next(Section &section) {
  if (is_at_end_) {
    if (kind_ == FileKind::migration && first_down_line_ != 0 && !has_up_)
      throw Error("a Down marker without an Up marker", first_down_line_);
    return false;
  }

  const bool is_section = is_marked_;
  section = {marker_.direction, marker_.notransaction, {}, line_};
  section.text = read_to_marker();
  if (is_section || !is_marked_)
    return true;

  ignored_code_ = skip_blanks_and_comments(section.text) < section.text.size();
  return next(section);
}

// The text up to the line of the next Up or Down marker, or all of it.
//
// Each stretch is read by a lexer of its own, because each section is run as a text of its own: a string at its end is
// not continued by one at the start of the next.
std::string_view SectionReader::read_to_marker() {
  const std::string_view text = rest_;
  Lexer lexer(text);
  Token token;
  while (lexer.next(token)) {
    const std::string_view token_text = text.substr(token.begin, token.end - token.begin);
    if (token.kind == TokenKind::line_comment) {
      const auto line_begin = line_begun_at(text, token.begin);
      const auto marker = line_begin ? parse_marker(token_text, line_) : std::nullopt;
      if (marker) {
        move_past(*marker, token.end);
        return text.substr(0, *line_begin);
      }
    }
    line_ += count_lines(token_text);
  }
  is_at_end_ = true;
  return text;
}

// The Up or Down marker that a comment is; nothing for StatementBegin, StatementEnd and ordinary comments.
std::optional<SectionReader::Marker> SectionReader::parse_marker(std::string_view comment, std::size_t line) {
  std::string_view words = comment.substr(2);
  if (!equal_ignoring_case(take_word(words), "+migrate"))
    return std::nullopt;

  const std::string_view name = take_word(words);
  const bool is_up = equal_ignoring_case(name, "Up");
  const bool is_direction = is_up || equal_ignoring_case(name, "Down");
  if (!is_direction && !equal_ignoring_case(name, "StatementBegin") && !equal_ignoring_case(name, "StatementEnd"))
    throw Error("unknown " + quoted_marker(comment), line);

  bool notransaction = false;
  for (std::string_view option = take_word(words); !option.empty(); option = take_word(words)) {
    if (!is_direction || !equal_ignoring_case(option, "notransaction"))
      throw Error("unknown option " + quoted(option) + " in " + quoted_marker(comment), line);
    notransaction = true;
  }

  if (!is_direction)
    return std::nullopt;
  return Marker{is_up ? Direction::up : Direction::down, notransaction};
}

void SectionReader::move_past(const Marker &marker, std::size_t end_of_marker) {
  note_direction(marker.direction);
  marker_ = marker;
  is_marked_ = true;

  rest_.remove_prefix(end_of_marker);
  const std::size_t line_end = line_end_length(rest_);
  line_ += count_lines(rest_.substr(0, line_end));
  rest_.remove_prefix(line_end);
}

void SectionReader::note_direction(Direction direction) {
  if (direction == Direction::up) {
    if (kind_ == FileKind::undo)
      throw Error("an undo file cannot have an Up marker", line_);
    has_up_ = true;
  } else if (first_down_line_ == 0) {
    first_down_line_ = line_;
  }
}

std::string_view trim(std::string_view text) noexcept {
  text = text.substr(0, text.find_last_not_of(blanks) + 1); // npos + 1 is 0
  return text.substr(std::min(text.find_first_not_of(blanks), text.size()));
}

std::size_t count_lines(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

} // namespace pg_flux::format
