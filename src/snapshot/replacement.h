// What goes with an object that is dropped and created again, although the change did not touch it.
#pragma once

#include "postgres/array.h"
#include "snapshot/observation.h"

namespace pg_flux::snapshot {

// Rows that were described because of a replaced object.
struct Companions {
  postgres::Array<Description> dropped_with; // go with it: comments, rights of columns, triggers, rules
  postgres::Array<Description> in_the_way;   // depend on it, and have to be dropped first: views and the like
};

// Describes them for object, with the statements that make and drop them, in the current memory context and the state
// before the change, between begin_own_queries() and end_own_queries(). PostgreSQL errors may leave it.
Companions find_companions(const ObjectAddress &object);

// The materialized views that depend on object, through any number of views. The same.
postgres::Array<Oid> find_materialized_users(const ObjectAddress &object);

// The row of a relation or constraint itself, in the same way.
postgres::Array<Description> describe_object(const ObjectAddress &object);

// The columns of relation on which something is granted, in the same way, without those that observation has.
postgres::Array<Description> find_granted_columns(const Observation &observation, Oid relation);

// The dependencies of the objects of these rows.
postgres::Array<Dependency> dependencies_of(const postgres::Array<Description> &descriptions);

} // namespace pg_flux::snapshot
