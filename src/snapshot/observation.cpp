#include "snapshot/observation.h"

#include "postgres/query.h"

extern "C" {
#include "catalog/pg_depend.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

Description describe(const ChangedRows &rows, const Array<ItemPointerData> &places, bool strict, ExtrasOf extras,
                     MemoryContext memory) {
  if (places.empty())
    return {rows.catalog, nullptr, {}, {}};
  return describe_rows(rows.catalog, places, strict, extras(get_rel_name(rows.catalog)), memory);
}

} // namespace

Observation observe_inside(const postgres::Extension &extension, TransactionId since, bool strict, ExtrasOf extras) {
  CommandCounterIncrement();
  Observation observation{};
  observation.row_counts = read_row_counts();
  observation.changed = scan_catalogs(since);
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  for (const ChangedRows &rows : observation.changed) {
    observation.catalogs.append({{}, describe(rows, rows.made, strict, extras, own.caller_memory)});
    if (rows.catalog == DependRelationId)
      observation.dependencies_after = read_dependencies(rows.made, own.caller_memory);
  }
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
  return observation;
}

void observe_outside(const postgres::Extension &extension, Observation &observation, bool strict, ExtrasOf extras) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  MemoryContext previous = MemoryContextSwitchTo(own.caller_memory);
  for (int index = 0; index < observation.changed.size(); index++) {
    const ChangedRows &rows = observation.changed[index];
    observation.catalogs[index].before = describe(rows, rows.ended, strict, extras, own.caller_memory);
    if (rows.catalog == DependRelationId)
      observation.dependencies_before = read_dependencies(rows.ended, own.caller_memory);
  }
  MemoryContextSwitchTo(previous);
  postgres::end_own_queries(own);
}

} // namespace pg_flux::snapshot
