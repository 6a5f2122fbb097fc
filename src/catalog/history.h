// Writes pg_flux.history, between begin_own_queries() and end_own_queries(). PostgreSQL errors may leave all of these.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"

extern "C" {
#include "utils/timestamp.h"
}

namespace pg_flux::catalog {

// One audit row. Views without data and a negative duration (in microseconds) are stored as NULL.
struct HistoryEntry {
  std::string_view filename;
  std::string_view sql;
  int64 duration;
  TimestampTz at;
};

// What role did, in the order of entries.
void insert_history(const char *action, Oid role, const postgres::Array<HistoryEntry> &entries);

// One that happens now.
void insert_history(const char *action, Oid role, std::string_view filename, std::string_view sql);

// Deletes the rows older than before, adds one that says so, and returns how many were deleted.
int64 prune_history(TimestampTz before, Oid role);

} // namespace pg_flux::catalog
