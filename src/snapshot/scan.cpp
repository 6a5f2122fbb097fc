#include "snapshot/scan.h"

extern "C" {
#include "access/genam.h"
#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_largeobject.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_shdepend.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext_data.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// What the planner gathers, what is data, and what only repeats other catalogs.
constexpr Oid left_out[] = {StatisticRelationId, StatisticExtDataRelationId, LargeObjectRelationId,
                            SharedDependRelationId, SubscriptionRelRelationId};

bool is_left_out(Oid catalog) {
  for (const Oid other : left_out)
    if (catalog == other)
      return true;
  return false;
}

bool is_ours(TransactionId id, TransactionId since) {
  return TransactionIdIsNormal(id) && !TransactionIdPrecedes(id, since) && TransactionIdIsCurrentTransactionId(id);
}

bool is_made(HeapTupleHeader header, TransactionId since) { return is_ours(HeapTupleHeaderGetXmin(header), since); }

bool is_ended(HeapTupleHeader header, TransactionId since) {
  if ((header->t_infomask & HEAP_XMAX_INVALID) != 0 || HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask))
    return false;
  return is_ours(HeapTupleHeaderGetUpdateXid(header), since);
}

ChangedRows scan_catalog(Oid oid, TransactionId since) {
  ChangedRows rows{oid, {}, {}};
  Relation catalog = table_open(oid, AccessShareLock);
  TableScanDesc scan = table_beginscan_strat(catalog, SnapshotAny, 0, nullptr, true, false);
  while (HeapTuple tuple = heap_getnext(scan, ForwardScanDirection)) {
    const bool made = is_made(tuple->t_data, since);
    const bool ended = is_ended(tuple->t_data, since);
    if (made != ended)
      (made ? rows.made : rows.ended).append(tuple->t_self);
  }
  table_endscan(scan);
  table_close(catalog, AccessShareLock);
  return rows;
}

} // namespace

Array<Oid> catalogs_that_count() {
  Array<Oid> catalogs;
  Relation classes = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_relnamespace, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(PG_CATALOG_NAMESPACE));
  SysScanDesc scan = systable_beginscan(classes, InvalidOid, false, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto *row = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple));
    if (row->relkind == RELKIND_RELATION && row->oid < FirstNormalObjectId && !is_left_out(row->oid))
      catalogs.append(row->oid);
  }
  systable_endscan(scan);
  table_close(classes, AccessShareLock);
  return catalogs;
}

Array<ChangedRows> scan_catalogs(TransactionId since) {
  Array<ChangedRows> changed;
  for (const Oid catalog : catalogs_that_count()) {
    CHECK_FOR_INTERRUPTS();
    const ChangedRows rows = scan_catalog(catalog, since);
    if (!rows.made.empty() || !rows.ended.empty())
      changed.append(rows);
  }
  return changed;
}

Datum places_datum(const Array<ItemPointerData> &places) {
  auto *elements = static_cast<Datum *>(palloc(sizeof(Datum) * static_cast<Size>(places.size() + 1)));
  for (int index = 0; index < places.size(); index++)
    elements[index] = PointerGetDatum(&places[index]);
  return PointerGetDatum(
      construct_array(elements, places.size(), TIDOID, sizeof(ItemPointerData), false, TYPALIGN_SHORT));
}

} // namespace pg_flux::snapshot
