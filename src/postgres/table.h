// Reads pg_flux's own tables along an index, without a query: in a new session, planning the queries of a rollback
// would cost more than the rollback. For what every run reads; everything else is a query.
#pragma once

#include <string_view>

#include "postgres/compat.h"

extern "C" {
#include "access/genam.h"
#include "access/tableam.h"
#include "executor/tuptable.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"
}

namespace pg_flux::postgres {

// One scan, from begin_scan() to end_scan(). An error in between needs no call: PostgreSQL gives back what it holds.
struct TableScan {
  Relation table;
  Relation index; // NULL: in no order
  Snapshot snapshot;
  IndexScanDesc along_index; // one of these two
  TableScanDesc in_order;
  TupleTableSlot *slot; // the present row
};

// The table, index or sequence of that name in the schema pg_flux. PostgreSQL errors may leave it.
Oid own_relation(const char *name);

// Begins to read the table of that name in the schema pg_flux, along the unique index whose first column is
// indexed_column. Sees what a query would see that starts now. Asks for no rights. PostgreSQL errors may leave it, and
// all below.
TableScan begin_scan(const char *table, AttrNumber indexed_column, ScanKeyData *keys, int key_count);

// The same in no order, for a table that is small: the index need not be opened.
TableScan begin_scan(const char *table);

// The same scan with other keys, as many as before; to be called first where it began with nullptr for them.
void restart_scan(const TableScan &scan, ScanKeyData *keys, int key_count);

// A key for the index on a text column: equal to value. PostgreSQL errors may leave it.
ScanKeyData text_key(std::string_view value);

// Goes to the next row in that direction; false where there is none.
bool next_row(TableScan &scan, ScanDirection direction);

// Column (from 1) of the present row, copied to memory; a NULL gives a view without data.
std::string_view text_in(const TableScan &scan, AttrNumber column, MemoryContext memory);

// The same of a column of type name that is not NULL.
std::string_view name_in(const TableScan &scan, AttrNumber column, MemoryContext memory);

// The same for values that are passed by value and not NULL.
Datum value_in(const TableScan &scan, AttrNumber column);

void end_scan(const TableScan &scan);

} // namespace pg_flux::postgres
