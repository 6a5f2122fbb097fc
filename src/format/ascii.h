// The few ASCII rules that SQL and marker lines share.
#pragma once

#include <algorithm>
#include <string_view>

namespace pg_flux::format {

// White space as PostgreSQL's scanner takes it.
inline constexpr std::string_view blanks = " \t\n\r\f\v";

constexpr bool is_blank(char byte) noexcept { return blanks.find(byte) != std::string_view::npos; }

// Either byte ends a line comment and a line.
constexpr bool is_newline(char byte) noexcept { return byte == '\n' || byte == '\r'; }

constexpr char to_lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

constexpr bool equal_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

} // namespace pg_flux::format
