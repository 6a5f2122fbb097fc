#include "catalog/migration.h"

#include "postgres/query.h"
#include "postgres/strings.h"
#include "postgres/table.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::catalog {

using postgres::Argument;
using postgres::null_argument;
using postgres::Query;
using postgres::text_datum;
using postgres::text_result;

namespace {

// As the install script has them.
constexpr AttrNumber column_filename = 1;
constexpr AttrNumber column_body = 2;
constexpr AttrNumber column_undo = 3;
constexpr AttrNumber column_checksum = 4;
constexpr AttrNumber column_has_down = 5;
constexpr AttrNumber column_registered_by = 6;

// Both ways of storing a text take the same arguments.
void write(Query &query, const Migration &migration) {
  const Argument undo = migration.undo.data() != nullptr ? Argument{text_datum(migration.undo)} : null_argument;
  postgres::run(query, {{text_datum(migration.filename)},
                        {text_datum(migration.body)},
                        undo,
                        {text_datum(migration.checksum)},
                        {BoolGetDatum(migration.has_down)},
                        {text_datum(migration.registered_by)}});
}

} // namespace

bool find_migration(std::string_view filename, MemoryContext memory, Migration &migration) {
  ScanKeyData key = postgres::text_key(filename);
  postgres::TableScan scan = postgres::begin_scan("migration", column_filename, &key, 1);
  const bool found = next_row(scan, ForwardScanDirection);
  if (found)
    migration = {text_in(scan, column_filename, memory),
                 text_in(scan, column_body, memory),
                 text_in(scan, column_undo, memory),
                 text_in(scan, column_checksum, memory),
                 DatumGetBool(value_in(scan, column_has_down)),
                 name_in(scan, column_registered_by, memory)};
  end_scan(scan);
  return found;
}

void insert_migration(const Migration &migration) {
  static Query query{"INSERT INTO pg_flux.migration"
                     " (filename, body, undo, checksum, has_down, registered_by, registered_at)"
                     " VALUES ($1, $2, $3, $4, $5, $6::name, clock_timestamp())",
                     6,
                     {TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID}};
  write(query, migration);
}

void update_migration(const Migration &migration) {
  static Query query{
      "UPDATE pg_flux.migration SET body = $2, undo = $3, checksum = $4, has_down = $5,"
      " registered_by = $6::name, confirmed_by = '{}', registered_at = clock_timestamp() WHERE filename = $1",
      6,
      {TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID}};
  write(query, migration);
}

void set_registrar(std::string_view filename, std::string_view role) {
  static Query query{"UPDATE pg_flux.migration SET registered_by = $2::name, registered_at = clock_timestamp()"
                     " WHERE filename = $1",
                     2,
                     {TEXTOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {text_datum(role)}});
}

postgres::Array<std::string_view> read_confirmers(std::string_view filename, MemoryContext memory) {
  static Query query{"SELECT unnest(confirmed_by)::text FROM pg_flux.migration WHERE filename = $1", 1, {TEXTOID}};
  const uint64 found = postgres::run(query, {{text_datum(filename)}});
  postgres::Array<std::string_view> roles;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++)
    roles.append(text_result(row, 1, memory));
  MemoryContextSwitchTo(previous);
  return roles;
}

void add_confirmer(std::string_view filename, std::string_view role) {
  static Query query{"UPDATE pg_flux.migration SET confirmed_by = array_append(confirmed_by, $2::name)"
                     " WHERE filename = $1",
                     2,
                     {TEXTOID, TEXTOID}};
  postgres::run(query, {{text_datum(filename)}, {text_datum(role)}});
}

void delete_migration(std::string_view filename) {
  static Query query{"DELETE FROM pg_flux.migration WHERE filename = $1", 1, {TEXTOID}};
  postgres::run(query, {{text_datum(filename)}});
}

postgres::Array<std::string_view> pending_migrations(long limit, std::string_view up_to, MemoryContext memory) {
  static Query query{"SELECT m.filename FROM pg_flux.migration m"
                     " WHERE NOT EXISTS (SELECT FROM pg_flux.applied a WHERE a.filename = m.filename)"
                     " AND ($1 IS NULL OR m.filename <= $1) ORDER BY m.filename",
                     1,
                     {TEXTOID}};
  const Argument last = up_to.data() != nullptr ? Argument{text_datum(up_to)} : null_argument;
  const uint64 found = postgres::run(query, {last}, limit);
  postgres::Array<std::string_view> filenames;
  MemoryContext previous = MemoryContextSwitchTo(memory);
  for (uint64 row = 0; row < found; row++)
    filenames.append(text_result(row, 1, memory));
  MemoryContextSwitchTo(previous);
  return filenames;
}

bool is_registered(std::string_view filename) {
  static Query query{"SELECT FROM pg_flux.migration WHERE filename = $1", 1, {TEXTOID}};
  return postgres::run(query, {{text_datum(filename)}}, 1) > 0;
}

} // namespace pg_flux::catalog
