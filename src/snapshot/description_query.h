// The query that describes the rows of one catalog, built from what is known of it.
#pragma once

#include "postgres/array.h"
#include "postgres/compat.h"
#include "snapshot/catalogs.h"
#include "snapshot/description.h"

namespace pg_flux::snapshot {

// The columns that every describing query begins with, from 1.
enum ResultColumn {
  counts_column = 1,
  key_column,
  class_column,
  id_column,
  part_column,
  type_column,
  identity_column,
  relation_column,
  data_column,
  first_value_column
};

struct DescriptionQuery {
  const char *sql; // $1 the places as tid[], $2 strict as boolean
  postgres::Array<DescribedColumn> columns;
};

// Builds it in the current memory context, which is not SPI's. Where type, identity or a column that refers to an
// object is NULL or an OID, the object's own is meant: asking for that is dearer in SQL. with_stored: what is stored
// stands beside the columns. PostgreSQL errors may leave it.
DescriptionQuery build_description_query(Oid catalog, const Catalog &entry, const Extras &extras, bool with_stored);

// The query for the places of all rows that count for the hash. The same.
const char *build_hashed_rows_query(Oid catalog, const Catalog &entry);

} // namespace pg_flux::snapshot
