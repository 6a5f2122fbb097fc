// Reads and writes pg_flux.applied, the tracking rows, between begin_own_queries() and end_own_queries(). PostgreSQL
// errors may leave all of these; texts that they return live in the memory context given to them.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"

extern "C" {
#include "utils/timestamp.h"
}

namespace pg_flux::catalog {

// One tracking row.
struct Applied {
  std::string_view filename;
  int64 sequence;
  std::string_view checksum;
  bool baseline;
};

// A tracking row to be.
struct NewApplied {
  std::string_view filename;
  std::string_view checksum;
  TimestampTz at;
};

// The tracking row of filename; false when it is not applied.
bool find_applied(std::string_view filename, MemoryContext memory, Applied &applied);

// The last limit tracking rows whose sequence is above after, newest first.
postgres::Array<Applied> newest_applied(int64 after, int limit, MemoryContext memory);

// The greatest file name that is applied; without data when none is.
std::string_view last_applied_filename(MemoryContext memory);

// In the order of rows.
void insert_applied(const postgres::Array<NewApplied> &rows, bool baseline, Oid role);

// Returns how many of filenames had such a row.
int delete_applied(const postgres::Array<std::string_view> &filenames);

void set_applied_checksum(std::string_view filename, std::string_view checksum);

} // namespace pg_flux::catalog
