// What is known of DDL from its node alone. Raises nothing.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// True for the DDL that migrations are mostly made of, which reads no table. What it calls itself (event triggers,
// defaults, expressions of indexes) does not count.
bool only_defines(Node *statement);

// True where statement reads and writes no rows of a table, however large that is: what it takes is its locks.
bool is_brief(Node *statement);

} // namespace pg_flux::run
