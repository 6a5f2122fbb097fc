// Looks relations up by name without asking for rights: to look is not to use.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::postgres {

// The relation that name stands for, along the search_path where it names no schema; InvalidOid where there is none, or
// where it is in another database. Takes no lock. PostgreSQL errors may leave it, but none about rights.
Oid find_relation(const RangeVar *name);

} // namespace pg_flux::postgres
