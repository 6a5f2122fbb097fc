// The Down SQL of what a subtransaction did.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/extension.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

// The Down, and what it leaves to a person.
struct Reversal {
  std::string_view sql; // statements and TODO comments, a line end after each; empty where nothing changed
  bool has_statements;  // else sql has comments at most
  postgres::Array<std::string_view> losses;
};

// Writes what undoes observation, whose rows have the statements of statement_extras(), in the state before it. caller:
// the role that will run it. The result lives in the current memory context. PostgreSQL errors may leave it.
Reversal write_reversal(const postgres::Extension &extension, Observation &observation, Oid caller);

} // namespace pg_flux::snapshot
