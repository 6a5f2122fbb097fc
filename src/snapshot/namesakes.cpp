#include "snapshot/namesakes.h"

#include "snapshot/action.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// Partitions that stay some, with other bounds.
ObjectSet find_bounded_anew(const Array<MatchedRow> &rows) {
  static const Array<Dependency> none;
  ObjectSet relations(none);
  for (const MatchedRow &row : rows) {
    if (row.description->catalog != RelationRelationId || !row.match.same_key)
      continue;
    const std::string_view before = column_value(row, *row.match.before, "relpartbound");
    const std::string_view after = column_value(row, *row.match.after, "relpartbound");
    if (!before.empty() && !after.empty() && before != after)
      relations.add(row.match.before->object);
  }
  return relations;
}

bool are_namesakes(const MatchedRow &row, const ObjectSet &gone) {
  const DescribedRow &before = *row.match.before;
  const DescribedRow &after = *row.match.after;
  if (row.match.same_key)
    return false;
  // An index, and that of a constraint.
  if (row.description->catalog == RelationRelationId &&
      is_null(before.extras[kind_extra]) != is_null(after.extras[kind_extra]))
    return true;
  if (OidIsValid(before.relation) && before.relation != after.relation &&
      !gone.contains({RelationRelationId, before.relation, 0}))
    return true;
  return !is_main(row, before) && !same_object(before.object, after.object) && !gone.contains(whole(before.object)) &&
         !gone.contains(before.object);
}

bool is_linked_anew(const MatchedRow &row, const ObjectSet &bounded_anew) {
  return row.description->catalog == InheritsRelationId &&
         (bounded_anew.contains(row.match.before->object) ||
          column_value(row, *row.match.before, "inhparent") != column_value(row, *row.match.after, "inhparent"));
}

} // namespace

ObjectSet find_gone(const Array<MatchedRow> &rows) {
  static const Array<Dependency> none;
  ObjectSet gone(none);
  for (const MatchedRow &row : rows)
    if (row.match.before != nullptr && !row.match.same_key && is_main(row, *row.match.before))
      gone.add(row.match.before->object);
  return gone;
}

Array<MatchedRow> separate_namesakes(const Array<MatchedRow> &rows) {
  const ObjectSet gone = find_gone(rows);
  const ObjectSet bounded_anew = find_bounded_anew(rows);
  Array<MatchedRow> separated;
  for (const MatchedRow &row : rows) {
    const bool both = row.match.before != nullptr && row.match.after != nullptr;
    if (!both || (!are_namesakes(row, gone) && !is_linked_anew(row, bounded_anew))) {
      separated.append(row);
      continue;
    }
    separated.append({row.description, {row.match.before, nullptr, false}});
    separated.append({row.description, {nullptr, row.match.after, false}});
  }
  return separated;
}

} // namespace pg_flux::snapshot
