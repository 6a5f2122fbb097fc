#include "postgres/table.h"

#include "postgres/strings.h"

extern "C" {
#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "nodes/pg_list.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
}

namespace pg_flux::postgres {

namespace {

// Others may have added indexes of their own. Asks the caches: opening an index for the first time is dear.
bool serves(Oid index, AttrNumber column) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple))
    return false;
  const auto *form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  const bool found = form->indisvalid && form->indisunique && form->indkey.values[0] == column &&
                     heap_attisnull(tuple, Anum_pg_index_indpred, nullptr);
  ReleaseSysCache(tuple);
  return found;
}

Relation open_index(Relation table, AttrNumber column) {
  ListCell *cell;
  foreach (cell, RelationGetIndexList(table))
    if (serves(lfirst_oid(cell), column))
      return index_open(lfirst_oid(cell), AccessShareLock);
  elog(ERROR, "column %d of table pg_flux.%s has no valid index", column, RelationGetRelationName(table));
}

// Sees what a query would see that starts now.
Snapshot register_snapshot() {
  CommandCounterIncrement();
  return RegisterSnapshot(GetTransactionSnapshot());
}

} // namespace

Oid own_relation(const char *name) { return get_relname_relid(name, get_namespace_oid("pg_flux", false)); }

TableScan begin_scan(const char *table, AttrNumber indexed_column, ScanKeyData *keys, int key_count) {
  TableScan scan{};
  scan.table = table_open(own_relation(table), AccessShareLock);
  scan.index = open_index(scan.table, indexed_column);
  scan.snapshot = register_snapshot();
  scan.along_index = begin_index_scan(scan.table, scan.index, scan.snapshot, key_count);
  if (keys != nullptr || key_count == 0)
    restart_scan(scan, keys, key_count);
  scan.slot = table_slot_create(scan.table, nullptr);
  return scan;
}

TableScan begin_scan(const char *table) {
  TableScan scan{};
  scan.table = table_open(own_relation(table), AccessShareLock);
  scan.snapshot = register_snapshot();
  scan.in_order = table_beginscan_strat(scan.table, scan.snapshot, 0, nullptr, false, false);
  scan.slot = table_slot_create(scan.table, nullptr);
  return scan;
}

void restart_scan(const TableScan &scan, ScanKeyData *keys, int key_count) {
  index_rescan(scan.along_index, keys, key_count, nullptr, 0);
}

ScanKeyData text_key(std::string_view value) {
  ScanKeyData key;
  ScanKeyEntryInitialize(&key, 0, 1, BTEqualStrategyNumber, InvalidOid, C_COLLATION_OID, F_TEXTEQ, text_datum(value));
  return key;
}

bool next_row(TableScan &scan, ScanDirection direction) {
  return scan.index != nullptr ? index_getnext_slot(scan.along_index, direction, scan.slot)
                               : table_scan_getnextslot(scan.in_order, direction, scan.slot);
}

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
  // The locks last to the end of the transaction, as those of a query.
  if (scan.index != nullptr) {
    index_endscan(scan.along_index);
    index_close(scan.index, NoLock);
  } else {
    table_endscan(scan.in_order);
  }
  UnregisterSnapshot(scan.snapshot);
  table_close(scan.table, NoLock);
}

} // namespace pg_flux::postgres
