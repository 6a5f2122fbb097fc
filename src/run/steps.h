// How the procedures divide a script into transactions.
#pragma once

#include "postgres/array.h"
#include "run/script.h"

namespace pg_flux::run {

// Statements that follow each other in one transaction.
struct Step {
  int first; // index into the script's statements
  int count;
  bool top_level; // one statement with a transaction of its own, as if a client had sent it alone
};

// The steps of script, in its order. A script without autocommit statements is one step, but for a commit after each
// ALTER TYPE ... ADD VALUE that something follows. In others the statements inside a BEGIN ... COMMIT pair are one
// step, and what stands beside a pair is a step each; where there is no pair, what stands between two autocommit
// statements is one step. In a section marked notransaction each statement outside a pair is a step. Raises 53200 only.
postgres::Array<Step> divide(const Script &script);

// True when steps are more than one transaction of the caller, so that a background worker runs them.
bool needs_worker(const postgres::Array<Step> &steps);

} // namespace pg_flux::run
