// Which tables the change made children or partitions of others, and which it parted from their parents.
#pragma once

#include "postgres/array.h"
#include "snapshot/matched.h"

namespace pg_flux::snapshot {

// A table that was there before and is there after the change, and a parent that it has on one side only.
struct Link {
  Oid child;
  Oid parent;
};

struct Inheritance {
  postgres::Array<Link> made;  // to be parted again, which comes before all that is dropped from either
  postgres::Array<Link> ended; // to be joined again, which comes after all that is brought back to either
};

// PostgreSQL errors may leave it.
Inheritance find_inheritance(const postgres::Array<MatchedRow> &rows, const ObjectSet &created,
                             const ObjectSet &missing);

bool has_child(const postgres::Array<Link> &links, Oid relation);

// True when row, a part of a relation, comes and goes with that of a parent to which none of links leads. described is
// the side of row that links belong to.
bool is_inherited(const DescribedRow &described, const postgres::Array<Link> &links);

// The relations from which described is inherited. PostgreSQL errors may leave it.
postgres::Array<Oid> parents_of(const DescribedRow &described);

// dependencies without those by which a part of a partition belongs to the parent's, where the partition is a child in
// links: it is a part of the partition alone. PostgreSQL errors may leave it.
postgres::Array<Dependency> without_parents(const postgres::Array<Dependency> &dependencies,
                                            const postgres::Array<Link> &links);

// An object that was there before and now is a part of a parent's one, although its table is not.
struct Adoption {
  ObjectAddress object;
  ObjectAddress parent;
};

// PostgreSQL errors may leave it.
postgres::Array<Adoption> find_adoptions(const Observation &observation, const ObjectSet &created,
                                         const postgres::Array<Link> &made);

} // namespace pg_flux::snapshot
