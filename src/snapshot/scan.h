// Which rows of the system catalogs a subtransaction has made and ended.
#pragma once

#include "postgres/array.h"
#include "postgres/compat.h"

extern "C" {
#include "storage/itemptr.h"
}

namespace pg_flux::snapshot {

// The rows of one catalog, by their place in its heap.
struct ChangedRows {
  Oid catalog;
  postgres::Array<ItemPointerData> made;
  postgres::Array<ItemPointerData> ended; // there again, at the same place, once the subtransaction is rolled back
};

// Reads the catalogs once, whole, and returns those where the current transaction changed something under transaction
// id since or a later one, that is, since the subtransaction with that id began. Rows that were both made and ended
// since then are left out. Neither changes of other sessions nor earlier ones of this transaction show. Statistics,
// large objects' data and what other catalogs tell as well are not read. PostgreSQL errors may leave it.
postgres::Array<ChangedRows> scan_catalogs(TransactionId since);

// The catalogs that count, by OID. PostgreSQL errors may leave it.
postgres::Array<Oid> catalogs_that_count();

// places as a value of type tid[], in the current memory context. PostgreSQL errors may leave it.
Datum places_datum(const postgres::Array<ItemPointerData> &places);

} // namespace pg_flux::snapshot
