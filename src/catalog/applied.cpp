#include "catalog/applied.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "postgres/table_writer.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
}

namespace pg_flux::catalog {

using postgres::Column;
using postgres::Query;
using postgres::text_column;
using postgres::text_datum;
using postgres::text_result;
using postgres::value_result;

namespace {

// As the install script has them.
constexpr AttrNumber column_filename = 1;
constexpr AttrNumber column_sequence = 2;
constexpr AttrNumber column_checksum = 3;
constexpr AttrNumber column_baseline = 4;

} // namespace

bool find_applied(std::string_view filename, MemoryContext memory, Applied &applied) {
  static Query query{
      "SELECT filename, sequence, checksum, baseline FROM pg_flux.applied WHERE filename = $1", 1, {TEXTOID}};
  if (postgres::run(query, {{text_datum(filename)}}, 1) == 0)
    return false;
  applied = {text_result(0, 1, memory), DatumGetInt64(value_result(0, 2)), text_result(0, 3, memory),
             DatumGetBool(value_result(0, 4))};
  return true;
}

postgres::Array<Applied> newest_applied(int64 after, int limit, MemoryContext memory) {
  ScanKeyData key;
  ScanKeyInit(&key, 1, BTGreaterStrategyNumber, F_INT8GT, Int64GetDatum(after));
  postgres::TableScan scan = postgres::begin_scan("applied", column_sequence, &key, 1);
  postgres::Array<Applied> result;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  while (result.size() < limit && next_row(scan, BackwardScanDirection))
    result.append({text_in(scan, column_filename, memory), DatumGetInt64(value_in(scan, column_sequence)),
                   text_in(scan, column_checksum, memory), DatumGetBool(value_in(scan, column_baseline))});
  MemoryContextSwitchTo(previous);
  end_scan(scan);
  return result;
}

std::string_view last_applied_filename(MemoryContext memory) {
  static Query query{"SELECT filename FROM pg_flux.applied ORDER BY filename DESC LIMIT 1", 0, {}};
  if (postgres::run(query, 1) == 0)
    return {};
  return text_result(0, 1, memory);
}

void insert_applied(const postgres::Array<NewApplied> &rows, bool baseline, Oid role) {
  const Column applied_by = postgres::name_column(GetUserNameFromId(role, false));
  postgres::TableWriter writer = postgres::begin_write("applied");
  for (const NewApplied &row : rows)
    insert_row(writer,
               {text_column(row.filename), postgres::next_value("applied_sequence_seq"), text_column(row.checksum),
                postgres::bool_column(baseline), postgres::time_column(row.at), applied_by});
  end_write(writer);
}

int delete_applied(const postgres::Array<std::string_view> &filenames) {
  int deleted = 0;
  postgres::TableWriter writer = postgres::begin_write("applied");
  postgres::TableScan scan = postgres::begin_scan("applied", column_filename, nullptr, 1);
  for (const std::string_view filename : filenames) {
    ScanKeyData key = postgres::text_key(filename);
    restart_scan(scan, &key, 1);
    if (!next_row(scan, ForwardScanDirection))
      continue;
    delete_row(writer, scan);
    deleted++;
  }
  end_scan(scan);
  end_write(writer);
  return deleted;
}

void set_applied_checksum(std::string_view filename, std::string_view checksum) {
  static Query query{"UPDATE pg_flux.applied SET checksum = $2 WHERE filename = $1", 2, {TEXTOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {text_datum(checksum)}});
}

} // namespace pg_flux::catalog
