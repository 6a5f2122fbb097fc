// Knows where code ends and quoted text begins in SQL, and nothing more.
//
// The rules are those of PostgreSQL's scanner with standard_conforming_strings on (manual, section
// "Lexical Structure"): strings, E'' strings and their continuation on the next line, quoted identifiers, dollar quotes
// with and without a tag, line comments, nested block comments.
#pragma once

#include <cstddef>
#include <string_view>

namespace pg_flux::format {

enum class TokenKind {
  line_comment,      // -- to the end of the line, line end excluded
  block_comment,     // nested ones included; unterminated: to the end of the text
  string,            // every kind of '…', prefix excluded; unterminated: to the end of the text
  quoted_identifier, // "…"
  dollar_string,     // $tag$…$tag$
  word,              // identifier, keyword, number, or parameter such as $1
  blank,             // a run of white space
  symbol             // any other single byte
};

struct Token {
  TokenKind kind;
  std::size_t begin; // byte offsets into the text
  std::size_t end;
};

// Reads one text from front to back, in time linear in its length. Trivially destructible; throws nothing.
class Lexer {
public:
  explicit Lexer(std::string_view text) noexcept : text_(text) {}

  // The next token, without gaps between tokens. False at the end of the text.
  bool next(Token &token) noexcept;

private:
  // Whether a quote that comes next opens a string with backslash escapes: after the prefix E it does, and after
  // such a string too, once a line end lies between.
  enum class Escapes { off, after_prefix, after_string, on_next_line };

  bool next_quote_has_escapes() const noexcept;
  Escapes escapes_after(const Token &token) const noexcept;

  std::string_view text_;
  std::size_t position_ = 0;
  Escapes escapes_ = Escapes::off;
};

// Offset of the first byte of text that is neither white space nor part of a comment; text.size() when there is none.
std::size_t skip_blanks_and_comments(std::string_view text) noexcept;

// What psql understands and the server does not.
enum class PsqlSyntax { none, meta_command, copy_data };

struct PsqlSyntaxFound {
  PsqlSyntax kind;
  std::size_t offset; // of the backslash, or of the word COPY
};

// The first psql meta-command (a backslash outside quotes and comments) or COPY … FROM STDIN (whose data may follow) in
// text.
PsqlSyntaxFound find_psql_syntax(std::string_view text) noexcept;

} // namespace pg_flux::format
