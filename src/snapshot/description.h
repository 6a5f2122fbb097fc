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
  bool parsed;    // its text is an expression or a query
  Oid referenced; // the catalog whose objects it names; InvalidOid for none, or where its text has come from SQL
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
  std::string_view *stored; // what is stored for it: in the same row, equal where nothing was changed; or NULL
  std::string_view *extras; // one for each extra expression; NULL where there are none
};

// Rows of one catalog.
struct Description {
  Oid catalog;
  const char *name;
  postgres::Array<DescribedColumn> columns;
  postgres::Array<DescribedRow> rows; // without those that do not count
};

// SQL expressions on the row of a catalog, read beside its columns.
struct Extras {
  const char *const *expressions = nullptr;
  int count = 0;
};

// The places of all rows of catalog that count for the hash, by the active snapshot; between begin_own_queries() and
// end_own_queries(), in memory. PostgreSQL errors may leave it.
postgres::Array<ItemPointerData> find_hashed_rows(Oid catalog, MemoryContext memory);

// How the rows of one catalog are described: a query that is planned once, for the SPI session in which it was
// prepared.
struct Describer {
  Description description; // of that catalog, without rows
  SPIPlanPtr plan;
  bool with_stored; // else the rows come without what is stored
  int extra_count;
};

// Prepares it, between begin_own_queries() and end_own_queries(), in memory. PostgreSQL errors may leave it.
Describer prepare_description(Oid catalog, const Extras &extras, bool with_stored, MemoryContext memory);

// Which rows, and how they are read.
struct Selection {
  const postgres::Array<ItemPointerData> &places;
  bool strict = false;          // the position of a column counts
  bool active_snapshot = false; // else a new one
};

// Describes rows in memory. The same. Raises 40001 where a row is not there, because another session has changed it
// meanwhile.
Description describe_rows(const Describer &describer, const Selection &selection, MemoryContext memory);

// Describes rows of catalog with what is stored, as a new snapshot sees them. The same.
Description describe_rows(Oid catalog, const postgres::Array<ItemPointerData> &places, bool strict,
                          const Extras &extras, MemoryContext memory);

} // namespace pg_flux::snapshot
