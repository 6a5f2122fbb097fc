// Statements that avoid locks by committing in between, without that.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// True when command, as autocommit_command() names it, is one that can do the same inside a transaction. Raises
// nothing.
bool is_concurrent(const char *command);

// The statement without its CONCURRENTLY, in the current memory context. PostgreSQL errors may leave it.
const char *without_concurrently(const char *statement);

} // namespace pg_flux::run
