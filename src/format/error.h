// The one error of this floor: a text or a name breaks a rule of migration files.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace pg_flux::format {

// what() is the reason, in the style of a PostgreSQL error message (lower case, no full stop); line()
// is the line of the text it stands on, counted from 1, or 0 where no line is to blame.
class Error : public std::runtime_error {
public:
  explicit Error(const std::string &reason, std::size_t line = 0) : std::runtime_error(reason), line_(line) {}
  std::size_t line() const noexcept { return line_; }

private:
  std::size_t line_;
};

} // namespace pg_flux::format
