#include "catalog/applied.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "postgres/table.h"

extern "C" {
#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
}

namespace pg_flux::catalog {

using postgres::Argument;
using postgres::array_argument;
using postgres::Query;
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
  static Query query{"INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)"
                     " SELECT filename, checksum, $1, at, $2::name"
                     " FROM unnest($3, $4, $5) AS new (filename, checksum, at)",
                     5,
                     {BOOLOID, TEXTOID, TEXTARRAYOID, TEXTARRAYOID, TIMESTAMPTZARRAYOID}};
  postgres::run(
      query, {{BoolGetDatum(baseline)},
              {text_datum(GetUserNameFromId(role, false))},
              array_argument(TEXTOID, rows, [](const NewApplied &row) { return Argument{text_datum(row.filename)}; }),
              array_argument(TEXTOID, rows, [](const NewApplied &row) { return Argument{text_datum(row.checksum)}; }),
              array_argument(TIMESTAMPTZOID, rows,
                             [](const NewApplied &row) { return Argument{TimestampTzGetDatum(row.at)}; })});
}

int delete_applied(const postgres::Array<std::string_view> &filenames) {
  // A new session mostly deletes one, whose plan costs it a fifth of that for many.
  static Query one{"DELETE FROM pg_flux.applied WHERE filename = $1", 1, {TEXTOID}};
  // Planned each time, for that many.
  static Query many{"DELETE FROM pg_flux.applied WHERE filename = ANY ($1)", 1, {TEXTARRAYOID}, CURSOR_OPT_CUSTOM_PLAN};
  if (filenames.size() == 1)
    return static_cast<int>(postgres::run(one, {{text_datum(filenames[0])}}));
  const auto as_argument = [](std::string_view filename) { return Argument{text_datum(filename)}; };
  return static_cast<int>(postgres::run(many, {array_argument(TEXTOID, filenames, as_argument)}));
}

void set_applied_checksum(std::string_view filename, std::string_view checksum) {
  static Query query{"UPDATE pg_flux.applied SET checksum = $2 WHERE filename = $1", 2, {TEXTOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {text_datum(checksum)}});
}

} // namespace pg_flux::catalog
