#include "format/lexer.h"

#include "format/ascii.h"

namespace pg_flux::format {

namespace {

constexpr auto npos = std::string_view::npos;

constexpr bool is_digit(char byte) noexcept { return byte >= '0' && byte <= '9'; }

// Bytes beyond ASCII are letters to PostgreSQL, whatever they encode.
constexpr bool is_identifier_start(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
         static_cast<unsigned char>(byte) >= 0x80;
}

constexpr bool is_tag_part(char byte) noexcept { return is_identifier_start(byte) || is_digit(byte); }

constexpr bool is_identifier_part(char byte) noexcept { return is_tag_part(byte) || byte == '$'; }

// Offset of the first byte from begin on that does not belong, or of the end of the text.
template <typename Belongs>
constexpr std::size_t skip_while(std::string_view text, std::size_t begin, Belongs belongs) noexcept {
  std::size_t end = begin;
  while (end < text.size() && belongs(text[end]))
    ++end;
  return end;
}

constexpr bool stands_at(std::string_view text, std::size_t offset, std::string_view expected) noexcept {
  return text.substr(offset, expected.size()) == expected;
}

template <typename Belongs>
constexpr bool belongs_at(std::string_view text, std::size_t offset, Belongs belongs) noexcept {
  return offset < text.size() && belongs(text[offset]);
}

// The end of a region whose closing delimiter was sought: an unterminated one takes the rest of the text.
constexpr std::size_t end_after(std::string_view text, std::size_t closing, std::size_t length) noexcept {
  return closing == npos ? text.size() : closing + length;
}

std::size_t end_of_line_comment(std::string_view text, std::size_t begin) noexcept {
  return skip_while(text, begin, [](char byte) { return !is_newline(byte); });
}

std::size_t end_of_block_comment(std::string_view text, std::size_t begin) noexcept {
  std::size_t depth = 1;
  std::size_t end = begin + 2;
  while (depth > 0 && end < text.size()) {
    if (stands_at(text, end, "/*")) {
      ++depth;
      end += 2;
    } else if (stands_at(text, end, "*/")) {
      --depth;
      end += 2;
    } else {
      ++end;
    }
  }
  return end;
}

// A doubled quote stands for itself.
std::size_t end_of_quoted(std::string_view text, std::size_t begin) noexcept {
  const char quote = text[begin];
  std::size_t closing = text.find(quote, begin + 1);
  while (closing != npos && belongs_at(text, closing + 1, [quote](char byte) { return byte == quote; }))
    closing = text.find(quote, closing + 2);
  return end_after(text, closing, 1);
}

// A backslash takes the next byte with it, and a doubled quote stands for itself.
std::size_t end_of_escape_string(std::string_view text, std::size_t begin) noexcept {
  std::size_t found = text.find_first_of("'\\", begin + 1);
  while (found != npos && (text[found] == '\\' || stands_at(text, found, "''")))
    found = text.find_first_of("'\\", found + 2);
  return end_after(text, found, 1);
}

// The $tag$ at begin, or nothing when the dollar there opens no quote. Not for parameters.
std::string_view dollar_delimiter(std::string_view text, std::size_t begin) noexcept {
  const std::size_t tag_end = skip_while(text, begin + 1, is_tag_part);
  return stands_at(text, tag_end, "$") ? text.substr(begin, tag_end + 1 - begin) : std::string_view();
}

Token read_dollar(std::string_view text, std::size_t begin) noexcept {
  if (belongs_at(text, begin + 1, is_digit))
    return {TokenKind::word, begin, skip_while(text, begin + 1, is_digit)};

  const std::string_view delimiter = dollar_delimiter(text, begin);
  if (delimiter.empty())
    return {TokenKind::symbol, begin, begin + 1};

  const std::size_t closing = text.find(delimiter, begin + delimiter.size());
  return {TokenKind::dollar_string, begin, end_after(text, closing, delimiter.size())};
}

// A number ends where its digits end: unlike a dollar in an identifier, one right after it may open a quote.
std::size_t end_of_number(std::string_view text, std::size_t begin) noexcept {
  std::size_t end = skip_while(text, begin, is_digit);
  if (stands_at(text, end, "."))
    end = skip_while(text, end + 1, is_digit);

  if (!belongs_at(text, end, [](char byte) { return to_lower(byte) == 'e'; }))
    return end;
  const bool is_signed = belongs_at(text, end + 1, [](char byte) { return byte == '+' || byte == '-'; });
  const std::size_t exponent = end + (is_signed ? 2 : 1);
  return belongs_at(text, exponent, is_digit) ? skip_while(text, exponent, is_digit) : end;
}

Token read_token(std::string_view text, std::size_t begin, bool with_escapes) noexcept {
  const char first = text[begin];
  if (is_blank(first))
    return {TokenKind::blank, begin, skip_while(text, begin, is_blank)};
  if (is_identifier_start(first))
    return {TokenKind::word, begin, skip_while(text, begin, is_identifier_part)};
  if (is_digit(first))
    return {TokenKind::word, begin, end_of_number(text, begin)};
  if (first == '\'')
    return {TokenKind::string, begin, with_escapes ? end_of_escape_string(text, begin) : end_of_quoted(text, begin)};
  if (first == '"')
    return {TokenKind::quoted_identifier, begin, end_of_quoted(text, begin)};
  if (first == '$')
    return read_dollar(text, begin);
  if (stands_at(text, begin, "--"))
    return {TokenKind::line_comment, begin, end_of_line_comment(text, begin)};
  if (stands_at(text, begin, "/*"))
    return {TokenKind::block_comment, begin, end_of_block_comment(text, begin)};
  return {TokenKind::symbol, begin, begin + 1};
}

std::string_view text_of(std::string_view text, const Token &token) noexcept {
  return text.substr(token.begin, token.end - token.begin);
}

bool is_blank_or_comment(const Token &token) noexcept {
  return token.kind == TokenKind::blank || token.kind == TokenKind::line_comment ||
         token.kind == TokenKind::block_comment;
}

// Follows the statements of a text word by word until one is COPY … FROM STDIN.
class CopyFinder {
public:
  // Takes the next word or symbol; true when it is the STDIN that was looked for.
  bool take(std::string_view word, std::size_t offset) noexcept {
    if (word == ";") {
      *this = CopyFinder();
    } else if (place_ == Place::start) {
      copy_offset_ = offset;
      place_ = equal_ignoring_case(word, "copy") ? Place::copy : Place::other_statement;
    } else if (place_ != Place::other_statement) {
      return take_in_copy(word);
    }
    return false;
  }

  std::size_t copy_offset() const noexcept { return copy_offset_; }

private:
  enum class Place { start, copy, copy_from, other_statement };

  // What stands in parentheses is a query or a list of columns.
  bool take_in_copy(std::string_view word) noexcept {
    if (word == "(")
      ++depth_;
    else if (word == ")" && depth_ > 0)
      --depth_;

    const bool is_after_from = place_ == Place::copy_from;
    place_ = depth_ == 0 && equal_ignoring_case(word, "from") ? Place::copy_from : Place::copy;
    return is_after_from && equal_ignoring_case(word, "stdin");
  }

  Place place_ = Place::start;
  std::size_t depth_ = 0;
  std::size_t copy_offset_ = 0;
};

} // namespace

bool Lexer::next(Token &token) noexcept {
  if (position_ == text_.size())
    return false;
  token = read_token(text_, position_, next_quote_has_escapes());
  position_ = token.end;
  escapes_ = escapes_after(token);
  return true;
}

bool Lexer::next_quote_has_escapes() const noexcept {
  return escapes_ == Escapes::after_prefix || escapes_ == Escapes::on_next_line;
}

Lexer::Escapes Lexer::escapes_after(const Token &token) const noexcept {
  const std::string_view text = text_of(text_, token);
  switch (token.kind) {
  case TokenKind::word:
    return equal_ignoring_case(text, "e") ? Escapes::after_prefix : Escapes::off;
  case TokenKind::string:
    return next_quote_has_escapes() ? Escapes::after_string : Escapes::off;
  case TokenKind::line_comment:
    return escapes_ == Escapes::after_prefix ? Escapes::off : escapes_;
  case TokenKind::blank:
    if (escapes_ == Escapes::after_string && text.find_first_of("\n\r") != npos)
      return Escapes::on_next_line;
    return escapes_ == Escapes::after_prefix ? Escapes::off : escapes_;
  default:
    return Escapes::off;
  }
}

std::size_t skip_blanks_and_comments(std::string_view text) noexcept {
  Lexer lexer(text);
  Token token;
  while (lexer.next(token)) {
    if (!is_blank_or_comment(token))
      return token.begin;
  }
  return text.size();
}

PsqlSyntaxFound find_psql_syntax(std::string_view text) noexcept {
  Lexer lexer(text);
  CopyFinder copy;
  Token token;
  while (lexer.next(token)) {
    if (is_blank_or_comment(token))
      continue;
    const std::string_view word = text_of(text, token);
    if (word == "\\")
      return {PsqlSyntax::meta_command, token.begin};
    if (copy.take(word, token.begin))
      return {PsqlSyntax::copy_data, copy.copy_offset()};
  }
  return {PsqlSyntax::none, text.size()};
}

} // namespace pg_flux::format
