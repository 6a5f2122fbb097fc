#include "postgres/table.h"

#include "postgres/strings.h"

extern "C" {
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "nodes/pg_list.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::postgres {

namespace {

// Others may have added indexes of their own.
bool serves(Relation index, AttrNumber column) {
  return index->rd_index->indisvalid && index->rd_index->indisunique && index->rd_index->indkey.values[0] == column &&
         heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, nullptr);
}

Relation open_index(Relation table, AttrNumber column) {
  ListCell *cell;
  foreach (cell, RelationGetIndexList(table)) {
    Relation index = index_open(lfirst_oid(cell), AccessShareLock);
    if (serves(index, column))
      return index;
    index_close(index, NoLock);
  }
  elog(ERROR, "column %d of table pg_flux.%s has no valid index", column, RelationGetRelationName(table));
}

} // namespace

TableScan begin_scan(const char *table, AttrNumber indexed_column, ScanKeyData *keys, int key_count) {
  TableScan scan{};
  const Oid schema = get_namespace_oid("pg_flux", false);
  scan.table = table_open(get_relname_relid(table, schema), AccessShareLock);
  scan.index = open_index(scan.table, indexed_column);
  CommandCounterIncrement();
  scan.snapshot = RegisterSnapshot(GetTransactionSnapshot());
  scan.scan = begin_index_scan(scan.table, scan.index, scan.snapshot, key_count);
  index_rescan(scan.scan, keys, key_count, nullptr, 0);
  scan.slot = table_slot_create(scan.table, nullptr);
  return scan;
}

bool next_row(TableScan &scan, ScanDirection direction) { return index_getnext_slot(scan.scan, direction, scan.slot); }

std::string_view text_in(const TableScan &scan, AttrNumber column, MemoryContext memory) {
  bool is_null = false;
  const Datum value = slot_getattr(scan.slot, column, &is_null);
  if (is_null)
    return {};
  text *detoasted = DatumGetTextPP(value);
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const std::string_view result = copy(view(PointerGetDatum(detoasted)));
  MemoryContextSwitchTo(previous);
  if (PointerGetDatum(detoasted) != value)
    pfree(detoasted);
  return result;
}

std::string_view name_in(const TableScan &scan, AttrNumber column, MemoryContext memory) {
  const char *name = MemoryContextStrdup(memory, NameStr(*DatumGetName(value_in(scan, column))));
  return name;
}

Datum value_in(const TableScan &scan, AttrNumber column) {
  bool is_null = false;
  return slot_getattr(scan.slot, column, &is_null);
}

void end_scan(const TableScan &scan) {
  ExecDropSingleTupleTableSlot(scan.slot);
  index_endscan(scan.scan);
  UnregisterSnapshot(scan.snapshot);
  // The locks last to the end of the transaction, as those of a query.
  index_close(scan.index, NoLock);
  table_close(scan.table, NoLock);
}

} // namespace pg_flux::postgres
