// What has to be done so that the catalog is again what it was before a subtransaction.
#pragma once

#include "postgres/array.h"
#include "postgres/extension.h"
#include "snapshot/action.h"
#include "snapshot/observation.h"
#include "snapshot/rights_actions.h"

namespace pg_flux::snapshot {

// What the answer depends on.
struct ActionOptions {
  Caller caller;      // who will own what it creates
  bool separate_keys; // foreign keys of tables that are dropped are dropped first
};

// Decides, in the state before the subtransaction and between begin_own_queries() and end_own_queries(), what undoes
// observation, whose rows have the statements of statement_extras(). Describes what else has to be made again with an
// object that is replaced, and adds its dependencies to observation. PostgreSQL errors may leave it.
postgres::Array<Action> find_actions(Observation &observation, const ActionOptions &options);

} // namespace pg_flux::snapshot
