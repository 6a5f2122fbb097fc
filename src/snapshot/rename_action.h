// Names and schemas as they were.
#pragma once

#include "snapshot/action.h"

namespace pg_flux::snapshot {

// The action that gives the object of row, which is the same one before and after, its name and schema back;
// without text where it follows another one. schema: what its schema before is called after. PostgreSQL errors may
// leave it.
Action restore_name(const MatchedRow &row, std::string_view schema);

} // namespace pg_flux::snapshot
