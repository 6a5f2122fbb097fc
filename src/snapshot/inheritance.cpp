#include "snapshot/inheritance.h"

#include "snapshot/action.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

bool has_link(const Array<Link> &links, Oid child, Oid parent) {
  for (const Link &link : links)
    if (link.child == child && link.parent == parent)
      return true;
  return false;
}

// The partition to whose parts object belongs.
Oid partition_of(const Array<Dependency> &dependencies, const ObjectAddress &object) {
  for (const Dependency &dependency : dependencies)
    if (dependency.type == DEPENDENCY_PARTITION_SEC && same_object(dependency.object, object))
      return dependency.referenced.objectId;
  return InvalidOid;
}

} // namespace

Inheritance find_inheritance(const Array<MatchedRow> &rows, const ObjectSet &created, const ObjectSet &missing) {
  Inheritance inheritance{};
  for (const MatchedRow &row : rows) {
    if (row.description->catalog != InheritsRelationId || (row.match.before != nullptr && row.match.after != nullptr))
      continue;
    const bool made = row.match.before == nullptr;
    const DescribedRow &described = made ? *row.match.after : *row.match.before;
    if ((made ? created : missing).contains(described.object))
      continue;
    (made ? inheritance.made : inheritance.ended).append({described.relation, parents_of(described)[0]});
  }
  return inheritance;
}

bool has_child(const Array<Link> &links, Oid relation) {
  for (const Link &link : links)
    if (link.child == relation)
      return true;
  return false;
}

bool is_inherited(const DescribedRow &described, const Array<Link> &links) {
  for (const Oid parent : parents_of(described))
    if (!has_link(links, described.relation, parent))
      return true;
  return false;
}

Array<Oid> parents_of(const DescribedRow &described) {
  Array<Oid> parents;
  if (described.extras == nullptr)
    return parents;
  std::string_view list = described.extras[parents_extra];
  while (!list.empty()) {
    parents.append(static_cast<Oid>(strtoul(list.data(), nullptr, 10)));
    list.remove_prefix(Min(list.find(' '), list.size() - 1) + 1);
  }
  return parents;
}

Array<Dependency> without_parents(const Array<Dependency> &dependencies, const Array<Link> &links) {
  Array<Dependency> rest;
  for (const Dependency &dependency : dependencies) {
    const bool partition = dependency.type == DEPENDENCY_PARTITION_PRI || dependency.type == DEPENDENCY_PARTITION_SEC;
    if (!partition || !has_child(links, partition_of(dependencies, dependency.object)))
      rest.append(dependency);
  }
  return rest;
}

Array<Adoption> find_adoptions(const Observation &observation, const ObjectSet &created, const Array<Link> &made) {
  Array<Adoption> adoptions;
  for (const Dependency &dependency : observation.dependencies_after) {
    const ObjectAddress &object = dependency.object;
    const bool is_index = object.classId == RelationRelationId;
    // The index of a constraint USING INDEX, or a part of a partition.
    const bool used = dependency.type == DEPENDENCY_INTERNAL && dependency.referenced.classId == ConstraintRelationId;
    const bool part =
        dependency.type == DEPENDENCY_PARTITION_PRI && (is_index || object.classId == ConstraintRelationId);
    if (!(part || (used && is_index)) || created.contains(object))
      continue;
    const Oid partition = partition_of(observation.dependencies_after, object);
    if (used || (!has_child(made, partition) && !created.contains({RelationRelationId, partition, 0})))
      adoptions.append({object, dependency.referenced});
  }
  return adoptions;
}

} // namespace pg_flux::snapshot
