#include "catalog/applied.h"

#include "postgres/query.h"
#include "postgres/strings.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::catalog {

using postgres::Query;
using postgres::text_datum;
using postgres::text_result;
using postgres::value_result;

namespace {

Applied read_row(MemoryContext memory) {
  return {text_result(0, 1, memory), DatumGetInt64(value_result(0, 2)), text_result(0, 3, memory),
          DatumGetBool(value_result(0, 4))};
}

} // namespace

bool find_applied(std::string_view filename, MemoryContext memory, Applied &applied) {
  static Query query{
      "SELECT filename, sequence, checksum, baseline FROM pg_flux.applied WHERE filename = $1", 1, {TEXTOID}};
  if (postgres::run(query, {{text_datum(filename)}}, 1) == 0)
    return false;
  applied = read_row(memory);
  return true;
}

bool next_applied(int64 before, MemoryContext memory, Applied &applied) {
  // The constant limit makes the planner walk the index backwards, however many rows there are.
  static Query query{"SELECT filename, sequence, checksum, baseline FROM pg_flux.applied"
                     " WHERE sequence < $1 ORDER BY sequence DESC LIMIT 1",
                     1,
                     {INT8OID}};
  if (postgres::run(query, {{Int64GetDatum(before)}}, 1) == 0)
    return false;
  applied = read_row(memory);
  return true;
}

std::string_view last_applied_filename(MemoryContext memory) {
  static Query query{"SELECT filename FROM pg_flux.applied ORDER BY filename DESC LIMIT 1", 0, {}};
  if (postgres::run(query, 1) == 0)
    return {};
  return text_result(0, 1, memory);
}

void insert_applied(std::string_view filename, std::string_view checksum, bool baseline, Oid role) {
  static Query query{"INSERT INTO pg_flux.applied (filename, checksum, baseline, applied_at, applied_by)"
                     " VALUES ($1, $2, $3, clock_timestamp(), $4::name)",
                     4,
                     {TEXTOID, TEXTOID, BOOLOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)},
                        {text_datum(checksum)},
                        {BoolGetDatum(baseline)},
                        {text_datum(GetUserNameFromId(role, false))}});
}

bool delete_applied(std::string_view filename) {
  static Query query{"DELETE FROM pg_flux.applied WHERE filename = $1", 1, {TEXTOID}};
  return postgres::run(query, {{text_datum(filename)}}) > 0;
}

void set_applied_checksum(std::string_view filename, std::string_view checksum) {
  static Query query{"UPDATE pg_flux.applied SET checksum = $2 WHERE filename = $1", 2, {TEXTOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {text_datum(checksum)}});
}

} // namespace pg_flux::catalog
