// pg_flux's own queries: with the rights of the extension's owner, where nothing of the caller's search_path can
// capture them, planned once per session.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::postgres {

// What begin_own_queries() changed. On an error PostgreSQL itself restores all of it when it aborts the
// (sub)transaction.
struct OwnQueries {
  Oid user;
  int security_context;
  int settings_level;
  MemoryContext caller_memory;
  bool read_only;       // the transaction, by the will of a migration
  bool pushed_snapshot; // a background worker has no portal that would hold one
};

// Takes the rights of owner and the search_path "pg_catalog, pg_temp", and opens an SPI session. Results that are to
// outlive it are copied to caller_memory. PostgreSQL errors may leave it.
OwnQueries begin_own_queries(const Extension &extension);

// Gives all of it back. PostgreSQL errors may leave it.
void end_own_queries(const OwnQueries &own);

inline constexpr int max_query_arguments = 9;

// One prepared query. Define it static: the plan is kept for the session.
struct Query {
  const char *sql;
  int argument_count;
  Oid argument_types[max_query_arguments];
  int plan_options = CURSOR_OPT_GENERIC_PLAN; // one plan for all arguments, from the first call on
  SPIPlanPtr plan = nullptr;
};

// One argument of a query: a value, or NULL.
struct Argument {
  Datum value;
  bool is_null = false;
};

inline constexpr Argument null_argument{0, true};

// Runs query within begin_own_queries() and returns the number of rows; they are in SPI_tuptable. A limit of 0 means
// all rows. Raises what the query raises.
template <int count> uint64 run(Query &query, const Argument (&arguments)[count], long limit = 0);
uint64 run(Query &query, const Argument *arguments, int count, long limit);
uint64 run(Query &query, long limit = 0);

template <int count> uint64 run(Query &query, const Argument (&arguments)[count], long limit) {
  return run(query, arguments, count, limit);
}

// Runs a query without arguments and sends its rows to receiver.
void run(Query &query, DestReceiver *receiver);

// Column (from 1) of row (from 0) of the last result, detoasted and copied to memory; a NULL gives a view without data.
std::string_view text_result(uint64 row, int column, MemoryContext memory);

// The same for values that are passed by value. *is_null may be nullptr where the column cannot be NULL.
Datum value_result(uint64 row, int column, bool *is_null = nullptr);

} // namespace pg_flux::postgres
