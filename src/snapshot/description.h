// Rows of system catalogs in words that mean the same in another database: names instead of OIDs.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "snapshot/catalogs.h"

extern "C" {
#include "catalog/objectaddress.h"
#include "storage/itemptr.h"
}

namespace pg_flux::snapshot {

// One column of a description.
struct DescribedColumn {
  std::string_view name;
  bool parsed; // its text is an expression or a query
};

// One row. Texts without data are NULL.
struct DescribedRow {
  std::string_view key; // primary key: the same row before and after
  ObjectAddress object; // the object it describes, or is a part of
  std::string_view type;
  std::string_view identity;
  Oid relation;             // the relation its expressions speak of; InvalidOid for none
  bool has_data;            // a new object of its name does not hold what it holds
  std::string_view *values; // one for each column
  std::string_view *stored; // what is stored for it: in the same row, equal where nothing was changed
  std::string_view *extras; // one for each extra expression; NULL where there are none
};

// Rows of one catalog.
struct Description {
  Oid catalog;
  const char *name;
  postgres::Array<DescribedColumn> columns;
  postgres::Array<DescribedRow> rows; // without those that do not count
};

// Which rows to describe: those at places, as the active snapshot sees them, or a new one.
struct Selection {
  postgres::Array<ItemPointerData> places;
  bool active_snapshot = false;
};

// SQL expressions on the row of a catalog, read beside its columns.
struct Extras {
  const char *const *expressions = nullptr;
  int count = 0;
};

// The places of all rows of catalog that count for the hash, by the active snapshot; between begin_own_queries() and
// end_own_queries(), in memory. PostgreSQL errors may leave it.
postgres::Array<ItemPointerData> find_hashed_rows(Oid catalog, MemoryContext memory);

// Describes rows of catalog, between begin_own_queries() and end_own_queries(), in
// memory. strict: the position of a column counts. Raises 40001 where a row is not there, because another session has
// changed it meanwhile.
Description describe_rows(Oid catalog, const Selection &selection, bool strict, const Extras &extras,
                          MemoryContext memory);

} // namespace pg_flux::snapshot
