#include "catalog/indexes.h"

#include "postgres/query.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/datum.h"
}

namespace pg_flux::catalog {

using postgres::Query;
using postgres::value_result;

Datum index_names(Oid table, MemoryContext memory) {
  static Query query{"SELECT coalesce(array_agg(format('%I.%I', n.nspname, c.relname)), '{}')"
                     " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                     " JOIN pg_namespace n ON n.oid = c.relnamespace"
                     " WHERE i.indrelid = $1 OR NOT i.indisvalid",
                     1,
                     {OIDOID}};
  postgres::run(query, {{ObjectIdGetDatum(table)}});
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const Datum names = datumCopy(value_result(0, 1), false, -1);
  MemoryContextSwitchTo(previous);
  return names;
}

postgres::Array<Index> new_indexes(Oid table, Datum before, MemoryContext memory) {
  // REINDEX CONCURRENTLY names its transient indexes so.
  static Query query{"SELECT format('%I.%I', n.nspname, c.relname), c.oid, i.indrelid, i.indisvalid"
                     " FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
                     " JOIN pg_namespace n ON n.oid = c.relnamespace"
                     " WHERE (i.indrelid = $1 OR $1 = 0 AND c.relname ~ '_cc(new|old)[0-9]*$' AND NOT i.indisvalid)"
                     " AND format('%I.%I', n.nspname, c.relname) <> ALL ($2)"
                     " ORDER BY 1",
                     2,
                     {OIDOID, TEXTARRAYOID}};
  if (before == 0)
    before = PointerGetDatum(construct_empty_array(TEXTOID));
  const uint64 found = postgres::run(query, {{ObjectIdGetDatum(table)}, {before}});
  postgres::Array<Index> indexes;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++)
    indexes.append({postgres::text_result(row, 1, memory), DatumGetObjectId(value_result(row, 2)),
                    DatumGetObjectId(value_result(row, 3)), DatumGetBool(value_result(row, 4))});
  MemoryContextSwitchTo(previous);
  return indexes;
}

} // namespace pg_flux::catalog
