// Which action has to come before which.
#pragma once

#include "postgres/array.h"
#include "snapshot/action.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

enum class Visit { no, now, done };

struct Node {
  postgres::Array<int> first; // the actions that have to come before
  Visit visit;
  bool renamed_away; // it already has a temporary name
  bool left;         // it is left to a person
};

// The actions by their object, and the dependencies by what depends.
struct Graph {
  const postgres::Array<Action> &actions;
  postgres::Array<Node> nodes;
  postgres::Array<int> by_object;
};

// Builds it from what depends on what before and after the change, from who holds which name, and from the names that
// the statements use. actions have to live as long. PostgreSQL errors may leave it.
Graph build_graph(const postgres::Array<Action> &actions, const Observation &observation);

} // namespace pg_flux::snapshot
