#include "catalog/state.h"

#include "postgres/query.h"

namespace pg_flux::catalog {

void count_change(const postgres::Extension &extension) {
  // Once for each transaction is enough, and thousands of versions of one row in it would slow each other down. A
  // subtransaction that was rolled back took its count along.
  static TransactionId counted_by = InvalidTransactionId;
  static LocalTransactionId counted_in = InvalidLocalTransactionId;
  static Oid counted_for = InvalidOid;
  if (counted_for == extension.oid && counted_in == postgres::local_transaction() &&
      TransactionIdIsCurrentTransactionId(counted_by))
    return;
  // Inserted by the first change, not by the install script, so that a restored row finds its place free.
  static postgres::Query query{"INSERT INTO pg_flux.state (singleton, changes) VALUES (true, 1)"
                               " ON CONFLICT (singleton) DO UPDATE SET changes = state.changes + 1",
                               0,
                               {}};
  postgres::run(query);
  counted_by = GetCurrentTransactionId();
  counted_in = postgres::local_transaction();
  counted_for = extension.oid;
}

} // namespace pg_flux::catalog
