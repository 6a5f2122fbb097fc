// Reads and writes pg_flux.migration, between begin_own_queries() and end_own_queries(). PostgreSQL errors may leave
// all of these; texts that they return live in the memory context given to them.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"

namespace pg_flux::catalog {

// One registered migration. undo has no data where there is none.
struct Migration {
  std::string_view filename;
  std::string_view body;
  std::string_view undo;
  std::string_view checksum;
  bool has_down;
  std::string_view registered_by;
};

// Reads one migration; false when filename is not registered.
bool find_migration(std::string_view filename, MemoryContext memory, Migration &migration);

// Stores a new migration, or replaces the text of a registered one.
void insert_migration(const Migration &migration);
void update_migration(const Migration &migration);

// Changes who vouches for the text of filename.
void set_registrar(std::string_view filename, std::string_view role);

// The roles that registered the same text again, beside registered_by.
postgres::Array<std::string_view> read_confirmers(std::string_view filename, MemoryContext memory);
void add_confirmer(std::string_view filename, std::string_view role);

void delete_migration(std::string_view filename);

// The pending migrations in file-name order, texts left out: the first limit ones, or all where limit is 0. Where
// up_to has data, only those up to and including that name.
postgres::Array<std::string_view> pending_migrations(long limit, std::string_view up_to, MemoryContext memory);

// True when migration is registered.
bool is_registered(std::string_view filename);

} // namespace pg_flux::catalog
