#include "snapshot/replacement.h"

#include "postgres/query.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;
using postgres::Query;

// $1 and $2: class and id of the object. Gives catalog and ctid.
Query dropped_with_query{"SELECT tableoid, ctid FROM pg_description WHERE classoid = $1 AND objoid = $2"
                         " UNION ALL SELECT tableoid, ctid FROM pg_seclabel WHERE classoid = $1 AND objoid = $2"
                         " UNION ALL SELECT tableoid, ctid FROM pg_attribute WHERE $1 = 'pg_class'::regclass"
                         "  AND attrelid = $2 AND attacl IS NOT NULL AND NOT attisdropped"
                         " UNION ALL SELECT tableoid, ctid FROM pg_trigger WHERE $1 = 'pg_class'::regclass"
                         "  AND tgrelid = $2 AND NOT tgisinternal"
                         " UNION ALL SELECT tableoid, ctid FROM pg_rewrite WHERE $1 = 'pg_class'::regclass"
                         "  AND ev_class = $2 AND rulename <> '_RETURN'"
                         " UNION ALL SELECT tableoid, ctid FROM pg_attrdef WHERE $1 = 'pg_class'::regclass"
                         "  AND adrelid = $2"
                         " UNION ALL SELECT d.tableoid, d.ctid FROM pg_description d WHERE $1 = 'pg_class'::regclass"
                         "  AND (d.classoid, d.objoid) IN (SELECT tableoid, oid FROM pg_trigger WHERE tgrelid = $2"
                         "  UNION ALL SELECT tableoid, oid FROM pg_rewrite WHERE ev_class = $2)",
                         2,
                         {OIDOID, OIDOID}};

// What holds data is not dropped to make way.
Query in_the_way_query{
    "WITH d AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'n' AND ((refclassid = $1 AND refobjid = $2)"
    "  OR ($1 = 'pg_class'::regclass AND refclassid = 'pg_type'::regclass"
    "   AND refobjid IN (SELECT t.oid FROM pg_type t WHERE t.typrelid = $2))))"
    " SELECT p.tableoid, p.ctid FROM d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid UNION"
    " SELECT c.tableoid, c.ctid FROM d JOIN pg_rewrite w ON d.classid = 'pg_rewrite'::regclass AND w.oid = d.objid"
    "  JOIN pg_class c ON c.oid = w.ev_class WHERE w.rulename = '_RETURN' AND c.relkind = 'v'"
    "  AND ($1 <> 'pg_class'::regclass OR c.oid <> $2)"
    " UNION SELECT c.tableoid, c.ctid FROM d JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid"
    "  WHERE c.relkind IN ('i', 'I')"
    " UNION SELECT t.tableoid, t.ctid FROM d JOIN pg_trigger t ON d.classid = 'pg_trigger'::regclass"
    "  AND t.oid = d.objid WHERE NOT t.tgisinternal"
    " UNION SELECT p.tableoid, p.ctid FROM d JOIN pg_policy p ON d.classid = 'pg_policy'::regclass AND p.oid = d.objid"
    " UNION SELECT a.tableoid, a.ctid FROM d JOIN pg_attrdef a ON d.classid = 'pg_attrdef'::regclass"
    "  AND a.oid = d.objid"
    " UNION SELECT c.tableoid, c.ctid FROM d JOIN pg_constraint c ON d.classid = 'pg_constraint'::regclass"
    "  AND c.oid = d.objid WHERE c.contype = 'c'",
    2,
    {OIDOID, OIDOID}};

Query granted_columns_query{"SELECT tableoid, ctid FROM pg_attribute WHERE $1 = 'pg_class'::regclass AND attrelid = $2"
                            " AND attacl IS NOT NULL AND NOT attisdropped",
                            2,
                            {OIDOID, OIDOID}};

Query object_query{"SELECT tableoid, ctid FROM pg_class WHERE tableoid = $1 AND oid = $2"
                   " UNION ALL SELECT tableoid, ctid FROM pg_constraint WHERE tableoid = $1 AND oid = $2",
                   2,
                   {OIDOID, OIDOID}};

bool is_known(const Observation &observation, Oid catalog, const ItemPointerData &place) {
  for (const ChangedRows &rows : observation.changed)
    if (rows.catalog == catalog)
      for (const ItemPointerData &ended : rows.ended)
        if (ItemPointerEquals(const_cast<ItemPointer>(&ended), const_cast<ItemPointer>(&place)))
          return true;
  return false;
}

// known: leave out what it has already; may be NULL.
Array<ChangedRows> find_rows(Query &query, const Observation *known, const ObjectAddress &object) {
  Array<ChangedRows> catalogs;
  MemoryContext memory = CurrentMemoryContext;
  const uint64 found = postgres::run(query, {{ObjectIdGetDatum(object.classId)}, {ObjectIdGetDatum(object.objectId)}});
  MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++) {
    const Oid catalog = DatumGetObjectId(postgres::value_result(row, 1));
    const ItemPointerData place = *reinterpret_cast<ItemPointer>(DatumGetPointer(postgres::value_result(row, 2)));
    if (known != nullptr && is_known(*known, catalog, place))
      continue;
    int index = 0;
    while (index < catalogs.size() && catalogs[index].catalog != catalog)
      index++;
    if (index == catalogs.size())
      catalogs.append({catalog, {}, {}});
    catalogs[index].ended.append(place);
  }
  return catalogs;
}

Array<Description> describe(const Array<ChangedRows> &catalogs) {
  Array<Description> descriptions;
  for (const ChangedRows &rows : catalogs)
    descriptions.append(describe_rows(rows.catalog, rows.ended, false, statement_extras(get_rel_name(rows.catalog)),
                                      CurrentMemoryContext));
  return descriptions;
}

} // namespace

Companions find_companions(const ObjectAddress &object) {
  return {describe(find_rows(dropped_with_query, nullptr, object)),
          describe(find_rows(in_the_way_query, nullptr, object))};
}

Array<Oid> find_materialized_users(const ObjectAddress &object) {
  static Query query{"WITH RECURSIVE used(class, id) AS (SELECT $1, $2 UNION"
                     " SELECT 'pg_class'::regclass, w.ev_class FROM used u JOIN pg_depend d"
                     "  ON d.refclassid = u.class AND d.refobjid = u.id AND d.classid = 'pg_rewrite'::regclass"
                     "  JOIN pg_rewrite w ON w.oid = d.objid)"
                     " SELECT c.oid FROM used u JOIN pg_class c ON u.class = 'pg_class'::regclass AND c.oid = u.id"
                     " WHERE c.relkind = 'm' AND c.oid <> $2 ORDER BY 1",
                     2,
                     {OIDOID, OIDOID}};
  Array<Oid> views;
  MemoryContext memory = CurrentMemoryContext;
  const uint64 found = postgres::run(query, {{ObjectIdGetDatum(object.classId)}, {ObjectIdGetDatum(object.objectId)}});
  MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++)
    views.append(DatumGetObjectId(postgres::value_result(row, 1)));
  return views;
}

Array<Description> describe_object(const ObjectAddress &object) {
  return describe(find_rows(object_query, nullptr, object));
}

Array<Description> find_granted_columns(const Observation &observation, Oid relation) {
  return describe(find_rows(granted_columns_query, &observation, {RelationRelationId, relation, 0}));
}

Array<Dependency> dependencies_of(const Array<Description> &descriptions) {
  // Those of a view are its rule's.
  static Query query{
      "SELECT ctid FROM pg_depend d WHERE (d.classid = $1 AND d.objid = $2) OR ($1 = 'pg_class'::regclass"
      " AND d.classid = 'pg_rewrite'::regclass AND d.objid IN"
      " (SELECT w.oid FROM pg_rewrite w WHERE w.ev_class = $2))"
      " UNION SELECT t.ctid FROM pg_depend d JOIN pg_depend t ON t.classid = d.refclassid AND t.objid = d.refobjid"
      "  AND t.deptype = 'i' WHERE d.classid = $1 AND d.objid = $2 AND d.refclassid = 'pg_type'::regclass",
      2,
      {OIDOID, OIDOID}};
  Array<ItemPointerData> places;
  MemoryContext memory = CurrentMemoryContext;
  for (const Description &description : descriptions)
    for (const DescribedRow &described : description.rows) {
      const uint64 found = postgres::run(
          query, {{ObjectIdGetDatum(described.object.classId)}, {ObjectIdGetDatum(described.object.objectId)}});
      MemoryContextSwitchTo(memory);
      for (uint64 row = 0; row < found; row++)
        places.append(*reinterpret_cast<ItemPointer>(DatumGetPointer(postgres::value_result(row, 1))));
    }
  return read_dependencies(places, memory);
}

} // namespace pg_flux::snapshot
