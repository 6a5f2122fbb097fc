// What became of a statement that was started and never noted as done.
#pragma once

#include "catalog/progress.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

enum class Settlement {
  done,      // it did all of its work
  run_again, // it did nothing that stays, or what it left is removed
  undecided  // the catalog does not tell
};

// Looks, and clears away what a failed CREATE INDEX, REINDEX or DETACH left. To be called in a worker outside of a
// transaction; leaves none open. Raises what the statements that clear away raise.
Settlement settle(const postgres::Extension &extension, const catalog::Progress &progress);

// The names of the indexes to be kept apart from what statement (a text of one statement) will leave: those of the
// table it builds an index on, and all invalid ones. 0 for statements that leave no index. A text[] in the current
// memory context; to be called inside a transaction. PostgreSQL errors may leave it.
Datum indexes_before(const postgres::Extension &extension, std::string_view statement);

// The invalid indexes that statement left, in a detail with the statements that remove them; NULL when there are none.
// To be called inside a transaction. PostgreSQL errors may leave it.
const char *describe_leftovers(const postgres::Extension &extension, const catalog::Progress &progress);

// The name of the index that statement, a CREATE INDEX CONCURRENTLY, was to build, when one of that name exists and is
// invalid; else NULL. To be called inside a transaction. PostgreSQL errors may leave it.
const char *find_invalid_target(std::string_view statement);

} // namespace pg_flux::run
