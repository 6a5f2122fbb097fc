// Reads and writes pg_flux.applied, the tracking rows, between begin_own_queries() and end_own_queries(). PostgreSQL
// errors may leave all of these; texts that they return live in the memory context given to them.
#pragma once

#include <limits>
#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"

namespace pg_flux::catalog {

// One tracking row.
struct Applied {
  std::string_view filename;
  int64 sequence;
  std::string_view checksum;
  bool baseline;
};

inline constexpr int64 newest = std::numeric_limits<int64>::max();

// The tracking row of filename; false when it is not applied.
bool find_applied(std::string_view filename, MemoryContext memory, Applied &applied);

// The newest tracking row whose sequence is below before; false when there is none.
bool next_applied(int64 before, MemoryContext memory, Applied &applied);

// The greatest file name that is applied; without data when none is.
std::string_view last_applied_filename(MemoryContext memory);

void insert_applied(std::string_view filename, std::string_view checksum, bool baseline, Oid role);

// Returns false when there was no such row.
bool delete_applied(std::string_view filename);

void set_applied_checksum(std::string_view filename, std::string_view checksum);

} // namespace pg_flux::catalog
