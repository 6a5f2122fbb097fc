// What depends on what, and whose part an object is.
#pragma once

#include "postgres/array.h"
#include "postgres/compat.h"

extern "C" {
#include "catalog/objectaddress.h"
#include "storage/itemptr.h"
#include "utils/hsearch.h"
}

namespace pg_flux::snapshot {

// One row of pg_depend.
struct Dependency {
  ObjectAddress object;
  ObjectAddress referenced;
  char type;
};

// The rows of pg_depend at those places, between begin_own_queries() and end_own_queries(), in memory.
postgres::Array<Dependency> read_dependencies(const postgres::Array<ItemPointerData> &places, MemoryContext memory);

// True when the referenced object of dependency has the object for a part, so that they come and go together.
bool is_part(const Dependency &dependency);

inline bool same_object(const ObjectAddress &left, const ObjectAddress &right) {
  return left.classId == right.classId && left.objectId == right.objectId && left.objectSubId == right.objectSubId;
}

inline ObjectAddress whole(const ObjectAddress &object) { return {object.classId, object.objectId, 0}; }

// A set of objects that knows which others are parts of its members.
class ObjectSet {
public:
  // Begins an empty set over dependencies, which has to live as long. PostgreSQL errors may leave it, and add().
  explicit ObjectSet(const postgres::Array<Dependency> &dependencies);

  void add(const ObjectAddress &object);
  bool contains(const ObjectAddress &object) const;

  // True when object is a part of a member other than itself, through any number of others.
  bool contains_owner_of(const ObjectAddress &object) const;

private:
  bool contains_owner_of(const ObjectAddress &object, int depth) const;

  HTAB *members_;
  HTAB *first_dependency_; // of an object: index into sorted_
  postgres::Array<Dependency> sorted_;
};

} // namespace pg_flux::snapshot
