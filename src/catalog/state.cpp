#include "catalog/state.h"

#include "postgres/table_writer.h"

namespace pg_flux::catalog {

namespace {

// As the install script has it.
constexpr AttrNumber column_changes = 2;

void count_one_more() {
  const postgres::Column singleton = postgres::bool_column(true);
  postgres::TableWriter writer = postgres::begin_write("state");
  postgres::TableScan scan = postgres::begin_scan("state");
  // Inserted by the first change, not by the install script, so that a restored row finds its place free.
  if (!next_row(scan, ForwardScanDirection)) {
    insert_row(writer, {singleton, {Int64GetDatum(1), false}});
  } else {
    const int64 changes = DatumGetInt64(value_in(scan, column_changes));
    update_row(writer, scan, {singleton, {Int64GetDatum(changes + 1), false}});
  }
  end_scan(scan);
  end_write(writer);
}

} // namespace

void count_change(const postgres::Extension &extension) {
  // Once for each transaction is enough, and thousands of versions of one row in it would slow each other down. A
  // subtransaction that was rolled back took its count along.
  static TransactionId counted_by = InvalidTransactionId;
  static LocalTransactionId counted_in = InvalidLocalTransactionId;
  static Oid counted_for = InvalidOid;
  if (counted_for == extension.oid && counted_in == postgres::local_transaction() &&
      TransactionIdIsCurrentTransactionId(counted_by))
    return;
  count_one_more();
  counted_by = GetCurrentTransactionId();
  counted_in = postgres::local_transaction();
  counted_for = extension.oid;
}

} // namespace pg_flux::catalog
