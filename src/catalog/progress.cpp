#include "catalog/progress.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "postgres/table.h"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/datum.h"
}

namespace pg_flux::catalog {

using format::Direction;
using postgres::Argument;
using postgres::null_argument;
using postgres::Query;
using postgres::text_datum;
using postgres::text_result;
using postgres::value_result;

namespace {

Argument optional(std::string_view string) {
  return string.data() != nullptr ? Argument{text_datum(string)} : null_argument;
}

Datum copy_array(uint64 row, int column, MemoryContext memory) {
  bool is_null = false;
  const Datum value = value_result(row, column, &is_null);
  if (is_null)
    return 0;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const Datum copy = datumCopy(value, false, -1);
  MemoryContextSwitchTo(previous);
  return copy;
}

} // namespace

bool find_partial(MemoryContext memory, Partial &partial) {
  // As the install script has them.
  constexpr AttrNumber column_filename = 1;
  constexpr AttrNumber column_direction = 3;
  postgres::TableScan scan = postgres::begin_scan("partial");
  const bool found = next_row(scan, ForwardScanDirection);
  if (found)
    partial = {text_in(scan, column_filename, memory),
               text_in(scan, column_direction, memory) == "up" ? Direction::up : Direction::down};
  end_scan(scan);
  return found;
}

postgres::Array<Progress> read_progress(std::string_view filename, MemoryContext memory) {
  static Query query{"SELECT number, line, statement, state IN ('done', 'skipped'), state = 'failed',"
                     " in_doubt, doubted, indexes_before"
                     " FROM pg_flux.partial WHERE filename = $1 ORDER BY number",
                     1,
                     {TEXTOID}};
  const uint64 found = postgres::run(query, {{text_datum(filename)}});
  postgres::Array<Progress> statements;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++)
    statements.append({DatumGetInt32(value_result(row, 1)),
                       static_cast<unsigned long>(DatumGetInt32(value_result(row, 2))), text_result(row, 3, memory),
                       DatumGetBool(value_result(row, 4)), DatumGetBool(value_result(row, 5)),
                       DatumGetBool(value_result(row, 6)), text_result(row, 7, memory), copy_array(row, 8, memory)});
  MemoryContextSwitchTo(previous);
  return statements;
}

void insert_progress(std::string_view filename, Direction direction, const Progress &progress) {
  static Query query{"INSERT INTO pg_flux.partial (filename, number, direction, line, statement, state)"
                     " VALUES ($1, $2, $3, $4, $5, 'pending')",
                     5,
                     {TEXTOID, INT4OID, TEXTOID, INT4OID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)},
                        {Int32GetDatum(progress.number)},
                        {text_datum(direction == Direction::up ? "up" : "down")},
                        {Int32GetDatum(static_cast<int32>(progress.line))},
                        {text_datum(progress.statement)}});
}

void delete_progress(std::string_view filename, int from_number) {
  static Query query{"DELETE FROM pg_flux.partial WHERE filename = $1 AND number >= $2", 2, {TEXTOID, INT4OID}};
  postgres::run(query, {{text_datum(filename)}, {Int32GetDatum(from_number)}});
}

void note_started(std::string_view filename, int number, Datum indexes_before) {
  static Query query{"UPDATE pg_flux.partial SET state = 'started', in_doubt = true, doubted = NULL, error = NULL,"
                     " indexes_before = $3 WHERE filename = $1 AND number = $2",
                     3,
                     {TEXTOID, INT4OID, TEXTARRAYOID}};
  postgres::run(query, {{text_datum(filename)},
                        {Int32GetDatum(number)},
                        indexes_before != 0 ? Argument{indexes_before} : null_argument});
}

void note_done(std::string_view filename, int number, bool skipped) {
  static Query query{"UPDATE pg_flux.partial SET state = $3, in_doubt = false, doubted = NULL, error = NULL,"
                     " indexes_before = NULL WHERE filename = $1 AND number = $2",
                     3,
                     {TEXTOID, INT4OID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {Int32GetDatum(number)}, {text_datum(skipped ? "skipped" : "done")}});
}

void note_failed(std::string_view filename, int number, bool in_doubt, std::string_view error) {
  static Query query{"UPDATE pg_flux.partial SET state = 'failed', in_doubt = $3, error = $4"
                     " WHERE filename = $1 AND number = $2",
                     4,
                     {TEXTOID, INT4OID, BOOLOID, TEXTOID}};
  postgres::run(query,
                {{text_datum(filename)}, {Int32GetDatum(number)}, {BoolGetDatum(in_doubt)}, {text_datum(error)}});
}

void note_replaced(std::string_view filename, const Progress &old, const Progress &replacement) {
  static Query query{"UPDATE pg_flux.partial SET line = $3, statement = $4, doubted = $5,"
                     " state = CASE WHEN statement = $4 THEN state WHEN in_doubt THEN 'started' ELSE 'pending' END,"
                     " error = CASE WHEN statement = $4 THEN error END"
                     " WHERE filename = $1 AND number = $2 AND state NOT IN ('done', 'skipped')",
                     5,
                     {TEXTOID, INT4OID, INT4OID, TEXTOID, TEXTOID}};
  const std::string_view doubted = old.doubted.data() != nullptr ? old.doubted : old.statement;
  const bool changed = doubted != replacement.statement;
  postgres::run(query, {{text_datum(filename)},
                        {Int32GetDatum(old.number)},
                        {Int32GetDatum(static_cast<int32>(replacement.line))},
                        {text_datum(replacement.statement)},
                        optional(old.in_doubt && changed ? doubted : std::string_view{})});
}

void visit_progress(std::string_view filename, AppendProgress append, void *argument) {
  static Query query{"SELECT number, line, statement, state, error FROM pg_flux.partial WHERE filename = $1"
                     " ORDER BY number",
                     1,
                     {TEXTOID}};
  const uint64 found = postgres::run(query, {{text_datum(filename)}});
  for (uint64 row = 0; row < found; row++)
    append(argument, DatumGetInt32(value_result(row, 1)), DatumGetInt32(value_result(row, 2)),
           text_result(row, 3, CurrentMemoryContext), text_result(row, 4, CurrentMemoryContext),
           text_result(row, 5, CurrentMemoryContext));
}

} // namespace pg_flux::catalog
