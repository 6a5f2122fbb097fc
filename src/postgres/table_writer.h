// Writes pg_flux's own tables without a query, as logical replication does: in a new session, planning the queries of a
// rollback would cost more than the rollback. For what every run writes; everything else is a query.
#pragma once

#include "postgres/compat.h"
#include "postgres/rows.h"
#include "postgres/table.h"

extern "C" {
#include "executor/executor.h"
}

namespace pg_flux::postgres {

// One table, from begin_write() to end_write(). An error in between needs no call: PostgreSQL gives back what it holds.
struct TableWriter {
  MemoryContext memory; // of everything below
  Relation table;
  EState *executor;
  ResultRelInfo *target;
  TupleTableSlot *row;
};

// Begins to write the table of that name in the schema pg_flux. Asks for no rights. Constraints, indexes and triggers
// for each row count; triggers for each statement, ours among them, do not. PostgreSQL errors may leave it, and all
// below.
TableWriter begin_write(const char *table);

// Adds a row; columns has a value for each column of the table.
template <int count> void insert_row(TableWriter &writer, const Column (&columns)[count]);
void insert_row(TableWriter &writer, const Column *columns, int count);

// Removes the present row of scan, which reads the same table. Raises 40001 where another session changed it since.
void delete_row(TableWriter &writer, TableScan &scan);

// Puts columns in the place of the present row of scan. Raises 40001 where another session changed it since.
template <int count> void update_row(TableWriter &writer, TableScan &scan, const Column (&columns)[count]);
void update_row(TableWriter &writer, TableScan &scan, const Column *columns, int count);

// Ends it, and runs the triggers that wait for the end.
void end_write(TableWriter &writer);

// The next value of the sequence of that name in the schema pg_flux. Asks for no rights.
Column next_value(const char *sequence);

template <int count> void insert_row(TableWriter &writer, const Column (&columns)[count]) {
  insert_row(writer, columns, count);
}

template <int count> void update_row(TableWriter &writer, TableScan &scan, const Column (&columns)[count]) {
  update_row(writer, scan, columns, count);
}

} // namespace pg_flux::postgres
