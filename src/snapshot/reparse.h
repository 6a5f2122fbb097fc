// Expressions and queries as PostgreSQL prints them once it has read what it printed before: x IN ('a') on a varchar
// prints as one text, and that text, read again, as another.
#pragma once

#include <string_view>

#include "postgres/compat.h"
#include "snapshot/description.h"

namespace pg_flux::snapshot {

// Text that describe_rows() has for row in a column that is parsed, as it prints after it has been read, in the current
// memory context; text itself where it can no longer be read. To be called with the search_path with which it was
// printed, inside a transaction that may start a subtransaction, which takes its locks along. PostgreSQL errors may
// leave it.
std::string_view reparse(std::string_view text, const DescribedRow &row);

} // namespace pg_flux::snapshot
