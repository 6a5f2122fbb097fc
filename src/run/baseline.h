// Marking migrations as applied without running them, and taking that back. Both run after begin_change().
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// Marks filename and every pending migration before it. Returns the names it marked, in the current memory context.
// Raises 42704 where filename is not registered, and PF011 where one of them is partly applied.
postgres::Array<std::string_view> baseline(const postgres::Extension &extension, std::string_view filename);

// Makes a baselined migration pending. Raises 42704 where it is not registered, 55000 where it is not baselined.
void unbaseline(const postgres::Extension &extension, std::string_view filename);

} // namespace pg_flux::run
