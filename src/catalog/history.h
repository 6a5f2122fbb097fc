// Writes pg_flux.history, between begin_own_queries() and end_own_queries(). PostgreSQL errors may leave all of these.
#pragma once

#include <string_view>

#include "postgres/compat.h"

extern "C" {
#include "utils/timestamp.h"
}

namespace pg_flux::catalog {

// One audit row. sql without data and a negative duration (in microseconds) are stored as NULL.
struct HistoryEntry {
  const char *action;
  std::string_view filename;
  std::string_view sql;
  Oid role;
  int64 duration = -1;
};

void insert_history(const HistoryEntry &entry);

// Deletes the rows older than before, adds one that says so, and returns how many were deleted.
int64 prune_history(TimestampTz before, Oid role);

} // namespace pg_flux::catalog
