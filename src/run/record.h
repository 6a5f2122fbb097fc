// What stays of runs besides what their statements did.
#pragma once

#include "catalog/migration.h"
#include "postgres/array.h"
#include "postgres/compat.h"
#include "run/script.h"

extern "C" {
#include "utils/timestamp.h"
}

namespace pg_flux::run {

// One migration whose section ran. What it points to has to last until it is written.
struct Record {
  const catalog::Migration *migration;
  const Script *script;
  bool partial;   // the migration has notes of how far it got
  int64 duration; // of its statements, in microseconds
  TimestampTz at; // when the last one ended
};

// Writes the tracking rows of Ups, or removes those of Downs, forgets how far a migration had got where it was partial,
// and adds the runs to the history, in the order of records, all of one direction and all run by role. For many at
// once, since opening the tables costs more than the rows. Inside begin_own_queries(), in the transaction of the
// statements. PostgreSQL errors may leave it.
void write_records(const postgres::Array<Record> &records, Oid role);

} // namespace pg_flux::run
