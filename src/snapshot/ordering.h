// In which order actions can be done.
#pragma once

#include "postgres/array.h"
#include "snapshot/action.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

// Orders actions by what depends on what before and after the change, by who holds which name, and by which names the
// statements use: those that take away speak of the state after the change, those that bring back of the one before.
// Names that go round in a circle go through a temporary one. Returns false where only dropping foreign keys first
// would help. What needs what is left to a person is left too. PostgreSQL errors may leave it.
bool order_actions(const postgres::Array<Action> &actions, const Observation &observation,
                   postgres::Array<Action> &ordered);

} // namespace pg_flux::snapshot
