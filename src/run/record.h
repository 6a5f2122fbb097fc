// What stays of a run besides what its statements did.
#pragma once

#include "catalog/migration.h"
#include "postgres/compat.h"
#include "run/script.h"

namespace pg_flux::run {

// Writes the tracking row of an Up, or removes that of a Down, forgets how far the migration had got where it was
// partial, and adds the run to the history: role ran script, which took duration microseconds. Inside
// begin_own_queries(), in the transaction of the last statement. PostgreSQL errors may leave it.
// partial: the migration has notes of how far it got.
void record(const catalog::Migration &migration, const Script &script, Oid role, int64 duration, bool partial);

} // namespace pg_flux::run
