// What a changed object needs to be what it was.
#pragma once

#include "snapshot/search.h"

namespace pg_flux::snapshot {

// True where no statement alters what differs between the sides of row: the object has to be made again.
bool has_other_body(const MatchedRow &row);

// Appends the actions that undo the change of row, which has both sides. PostgreSQL errors may leave it.
void undo_change(Search &search, const MatchedRow &row);

} // namespace pg_flux::snapshot
