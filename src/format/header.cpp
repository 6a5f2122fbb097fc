#include "format/header.h"

#include "format/ascii.h"
#include "format/lexer.h"
#include "format/normalize.h"
#include "format/sections.h"

namespace pg_flux::format {

namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) noexcept {
  return equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

// What follows name in a line comment; empty where it says something else.
std::string_view value_of(std::string_view comment, std::string_view name) noexcept {
  const std::string_view text = trim(comment.substr(2));
  return starts_with_ignoring_case(text, name) ? trim(text.substr(name.size())) : std::string_view{};
}

bool is_marker(std::string_view comment) noexcept {
  return starts_with_ignoring_case(trim(comment.substr(2)), "+migrate");
}

} // namespace

std::string_view baseline_hash(std::string_view body) noexcept {
  const std::string_view text = without_byte_order_mark(body);
  Lexer lexer(text);
  Token token;
  while (lexer.next(token)) {
    if (token.kind == TokenKind::blank || token.kind == TokenKind::block_comment)
      continue;
    const std::string_view comment = text.substr(token.begin, token.end - token.begin);
    if (token.kind != TokenKind::line_comment || is_marker(comment))
      break;
    const std::string_view hash = value_of(comment, "pg-flux-baseline-hash:");
    if (starts_with_ignoring_case(hash, "sha256:"))
      return hash;
  }
  return {};
}

} // namespace pg_flux::format
