// Where in which migration file pg_flux is, for the context of errors and notices.
#pragma once

#include <string_view>

#include "format/sections.h"
#include "postgres/compat.h"

namespace pg_flux::run {

// Lives on the stack between enter_location() and leave_location(). The fields may change while it is entered.
struct Location {
  std::string_view filename; // the migration; its text must outlive the location
  bool has_section = false;
  format::Direction direction = format::Direction::up;
  bool in_undo = false;         // the section stands in the undo file
  int statement = 0;            // number in the section, 0 for none
  unsigned long line = 0;       // line of the file, 0 for none
  const char *parsed = nullptr; // while a section is parsed: its text, whose first line is line
  bool executing = false;       // while a statement runs inside the caller's transaction
  ErrorContextCallback callback = {};
};

// Adds location to the context of every error and notice from here on. While statements execute it also adds the hint
// to errors that come from sharing one transaction. Raises nothing.
void enter_location(Location &location);

// Ends that. An error needs no call: PostgreSQL unwinds its stack of contexts itself.
void leave_location(Location &location);

// The procedure that runs each migration of that direction in its own transaction.
inline const char *procedure_name(format::Direction direction) {
  return direction == format::Direction::up ? "pg_flux.apply_each" : "pg_flux.rollback_each";
}

} // namespace pg_flux::run
