#include "snapshot/dependencies.h"

#include <algorithm>
#include <tuple>

#include "postgres/query.h"
#include "snapshot/scan.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;
using postgres::value_result;

// Chains of parts are short; a cycle of dependencies must not be followed for ever.
constexpr int longest_chain = 20;

std::tuple<Oid, Oid, int32> order_of(const ObjectAddress &object) {
  return {object.classId, object.objectId, object.objectSubId};
}

struct Entry {
  ObjectAddress object;
  int first;
};

HTAB *make_table(const char *name) {
  HASHCTL control{};
  control.keysize = sizeof(ObjectAddress);
  control.entrysize = sizeof(Entry);
  control.hcxt = CurrentMemoryContext;
  return hash_create(name, 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

ObjectAddress address_result(uint64 row, int column) {
  return {DatumGetObjectId(value_result(row, column)), DatumGetObjectId(value_result(row, column + 1)),
          DatumGetInt32(value_result(row, column + 2))};
}

} // namespace

Array<Dependency> read_dependencies(const Array<ItemPointerData> &places, MemoryContext memory) {
  static postgres::Query query{"SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype FROM "
                               "pg_depend WHERE ctid = ANY ($1)",
                               1,
                               {TIDARRAYOID}};
  const uint64 found = postgres::run(query, {{places_datum(places)}});
  MemoryContext previous = MemoryContextSwitchTo(memory);
  Array<Dependency> dependencies;
  for (uint64 row = 0; row < found; row++)
    dependencies.append({address_result(row, 1), address_result(row, 4), DatumGetChar(value_result(row, 7))});
  MemoryContextSwitchTo(previous);
  return dependencies;
}

bool is_part(const Dependency &dependency) {
  switch (dependency.type) {
  case DEPENDENCY_INTERNAL:
  case DEPENDENCY_AUTO:
  case DEPENDENCY_EXTENSION:
  case DEPENDENCY_PARTITION_PRI:
  case DEPENDENCY_PARTITION_SEC:
    return true;
  default:
    return false;
  }
}

ObjectSet::ObjectSet(const Array<Dependency> &dependencies)
    : members_(make_table("pg_flux objects")), first_dependency_(make_table("pg_flux dependencies")) {
  for (const Dependency &dependency : dependencies)
    if (is_part(dependency))
      sorted_.append(dependency);
  std::sort(sorted_.begin(), sorted_.end(), [](const Dependency &left, const Dependency &right) {
    return order_of(left.object) < order_of(right.object);
  });
  for (int index = 0; index < sorted_.size(); index++) {
    bool found = false;
    auto *entry = static_cast<Entry *>(hash_search(first_dependency_, &sorted_[index].object, HASH_ENTER, &found));
    if (!found)
      entry->first = index;
  }
}

void ObjectSet::add(const ObjectAddress &object) { (void)hash_search(members_, &object, HASH_ENTER, nullptr); }

bool ObjectSet::contains(const ObjectAddress &object) const {
  return hash_search(members_, &object, HASH_FIND, nullptr) != nullptr;
}

bool ObjectSet::contains_owner_of(const ObjectAddress &object) const { return contains_owner_of(object, 0); }

bool ObjectSet::contains_owner_of(const ObjectAddress &object, int depth) const {
  if (depth > longest_chain)
    return false;
  if (object.objectSubId != 0 && (contains(whole(object)) || contains_owner_of(whole(object), depth + 1)))
    return true;
  const auto *entry = static_cast<const Entry *>(hash_search(first_dependency_, &object, HASH_FIND, nullptr));
  if (entry == nullptr)
    return false;
  for (int index = entry->first; index < sorted_.size() && same_object(sorted_[index].object, object); index++) {
    const ObjectAddress &owner = sorted_[index].referenced;
    if (contains(owner) || contains(whole(owner)) || contains_owner_of(owner, depth + 1))
      return true;
  }
  return false;
}

} // namespace pg_flux::snapshot
