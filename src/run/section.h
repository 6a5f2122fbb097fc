// Runs a section that is more than one transaction, in a background worker, and keeps note of how far it got.
#pragma once

#include <string_view>

#include "format/sections.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// What to do about a statement that is in doubt, or about all that was done.
enum class Resume {
  look,    // settle it by looking at the catalog, or ask
  retry,   // run it again
  skip,    // take it for done
  restart, // run the section from its first statement
};

// Runs one direction of migration filename to its end, from where an earlier run stopped, and writes the tracking row
// and the history with its last statement. To be called in a worker outside of a transaction; leaves none open. Raises
// what the statements raise, after noting it, and PF011 where a statement is in doubt and resume does not say what to
// do.
void run_section(const postgres::Extension &extension, std::string_view filename, format::Direction direction,
                 Resume resume);

} // namespace pg_flux::run
