#include "snapshot/remaking.h"

#include "snapshot/alterations.h"
#include "snapshot/replacement.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// Views have no statement for single columns: they are made again where those differ.
bool replaces_view(const MatchedRow &row) {
  const DescribedRow &described = row.match.before != nullptr ? *row.match.before : *row.match.after;
  if (row.description->catalog != AttributeRelationId || described.type != "view column")
    return false;
  if (row.match.before == nullptr || row.match.after == nullptr)
    return true;
  for (const char *column : {"atttypid", "attcollation", "position"})
    if (column_value(row, *row.match.before, column) != column_value(row, *row.match.after, column))
      return true;
  return false;
}

// Indexes and aggregates, whose definition is in another row than that of the object.
bool replaces_object(const MatchedRow &row) {
  return row.match.before != nullptr && row.match.after != nullptr &&
         names_word(" pg_index pg_aggregate ", row.description->name) && has_other_body(row);
}

// The row that the change touched and companion is another description of, if any.
const MatchedRow *find_touched(const Array<MatchedRow> &rows, Oid catalog, const DescribedRow &companion) {
  for (const MatchedRow &row : rows)
    if (row.description->catalog == catalog && row.match.before != nullptr && row.match.before->key == companion.key)
      return &row;
  return nullptr;
}

bool has_action(const Search &search, const Action &wanted) {
  for (const Action &action : search.actions)
    if (same_object(action.object, wanted.object) && action.text == wanted.text)
      return true;
  return false;
}

// What was dropped along and the change did not drop.
void make_dropped_along(Search &search, const Description &description) {
  for (const DescribedRow &described : description.rows) {
    const MatchedRow *touched = find_touched(search.rows, description.catalog, described);
    if (touched != nullptr && touched->match.after == nullptr)
      continue;
    const MatchedRow row{&description, {&described, nullptr, false}};
    if (description.catalog == AttributeRelationId)
      restore_rest(search, row, described);
    else if (!has_action(search, make_action(ActionKind::create, described, described.extras[create_extra])))
      create(search, row, described, false);
  }
}

bool is_replaced(const Search &search, const ObjectAddress &object) {
  for (const ObjectAddress &replaced : search.replaced)
    if (same_object(replaced, object))
      return true;
  return false;
}

ObjectSet find_dropped(const Array<Action> &actions, const Array<Dependency> &dependencies) {
  ObjectSet dropped(dependencies);
  for (const Action &action : actions)
    if (action.kind == ActionKind::drop)
      dropped.add(action.object);
  return dropped;
}

// The row of the object, but for indexes of constraints, that the change dropped and made again, and to which user, or
// the rule that it is, belongs.
const MatchedRow *find_remade_by_change(const Array<MatchedRow> &rows, const Observation &observation,
                                        const ObjectAddress &user) {
  ObjectAddress object = whole(user);
  for (const Dependency &dependency : observation.dependencies_after)
    if (user.classId == RewriteRelationId && dependency.type == DEPENDENCY_INTERNAL &&
        same_object(dependency.object, user))
      object = whole(dependency.referenced);
  for (const MatchedRow &row : rows)
    if (row.match.before != nullptr && row.match.after != nullptr && !row.match.same_key &&
        is_main(row, *row.match.after) && same_object(row.match.after->object, object) && !row.match.before->has_data &&
        !(row.description->catalog == RelationRelationId && is_null(row.match.after->extras[kind_extra])))
      return &row;
  return nullptr;
}

void make_adopted(Search &search, const MatchedRow &row, const Adoption &adoption) {
  const DescribedRow &before = *row.match.before;
  // The index of a constraint comes with it.
  if (row.description->catalog == RelationRelationId && is_null(before.extras[kind_extra]))
    return;
  if (search.created.contains(adoption.parent) || search.created.contains_owner_of(adoption.parent)) {
    search.replaced.append(adoption.object);
    create(search, row, before, false);
    return;
  }
  leave_to_a_person(
      search, before,
      format("%s %s: nothing detaches it from its parent again", before.type.data(), before.identity.data()), {});
}

// What is made anew has all that it was from that.
void forget_changes(Search &search, const ObjectAddress &object) {
  Array<Action> rest;
  for (const Action &action : search.actions)
    if (action.kind == ActionKind::comment || !same_object(whole(action.object), object))
      rest.append(action);
  search.actions = rest;
}

void make_way(Search &search, const Description &description) {
  for (const DescribedRow &described : description.rows) {
    const bool known = is_replaced(search, described.object);
    const MatchedRow *touched = find_touched(search.rows, description.catalog, described);
    if (known || (touched != nullptr && touched->match.after == nullptr))
      continue;
    if (touched != nullptr)
      forget_changes(search, described.object);
    replace(search, touched != nullptr ? *touched : MatchedRow{&description, {&described, &described, true}});
  }
}

} // namespace

ObjectSet find_remade(const Array<MatchedRow> &rows) {
  static const Array<Dependency> none;
  ObjectSet objects(none);
  for (const MatchedRow &row : rows)
    for (const DescribedRow *described : {row.match.before, row.match.after})
      if (described != nullptr && replaces_view(row))
        objects.add({RelationRelationId, described->relation, 0});
      else if (described != nullptr && replaces_object(row))
        objects.add(described->object);
  return objects;
}

bool is_remade(const MatchedRow &row, const ObjectSet &remade) {
  const Match &match = row.match;
  return is_main(row, *match.before) && !is_null(match.before->extras[kind_extra]) &&
         (remade.contains(match.before->object) || remade.contains(match.after->object));
}

bool comes_with_view(const MatchedRow &row, const ObjectSet &remade) {
  const DescribedRow &described = row.match.before != nullptr ? *row.match.before : *row.match.after;
  if (row.description->catalog != RewriteRelationId && described.type != "view column")
    return false;
  for (const DescribedRow *side : {row.match.before, row.match.after})
    if (side != nullptr && remade.contains({RelationRelationId, side->relation, 0}))
      return row.description->catalog == RewriteRelationId ? !is_main(row, described)
                                                           : row.description->catalog == AttributeRelationId;
  return false;
}

ObjectSet make_adopted(Search &search, const Observation &observation) {
  static const Array<Dependency> none;
  ObjectSet adopted(none);
  for (const Adoption &adoption : find_adoptions(observation, search.created, search.inheritance.made)) {
    adopted.add(adoption.object);
    for (const Description &description : describe_object(adoption.object))
      for (const DescribedRow &before : description.rows)
        make_adopted(search, {&description, {&before, &before, true}}, adoption);
  }
  return adopted;
}

void make_dependents(Search &search, const Observation &observation) {
  for (int before = -1; before < search.replaced.size();) {
    before = search.replaced.size();
    const ObjectSet dropped = find_dropped(search.actions, observation.dependencies_after);
    for (const Dependency &dependency : observation.dependencies_after) {
      const ObjectAddress &used = dependency.referenced;
      if (!dropped.contains(used) && !dropped.contains(whole(used)))
        continue;
      const MatchedRow *row = find_remade_by_change(search.rows, observation, dependency.object);
      if (row != nullptr && !dropped.contains(row->match.after->object) &&
          !is_replaced(search, row->match.before->object)) {
        forget_changes(search, row->match.before->object);
        replace(search, *row);
      }
    }
  }
}

void make_companions(Search &search, Observation &observation) {
  for (int index = 0; index < search.replaced.size(); index++) {
    const Companions companions = find_companions(search.replaced[index]);
    for (const Description &description : companions.dropped_with)
      make_dropped_along(search, description);
    for (const Description &description : companions.in_the_way)
      make_way(search, description);
    for (const Dependency &dependency : dependencies_of(companions.in_the_way)) {
      observation.dependencies_before.append(dependency);
      observation.dependencies_after.append(dependency);
    }
  }
}

Array<Action> without_dropped_parts(const Array<Action> &actions) {
  static const Array<Dependency> none;
  const ObjectSet dropped = find_dropped(actions, none);
  Array<Action> rest;
  for (const Action &action : actions) {
    const bool over = action.kind == ActionKind::create && action.removes;
    if (!(over || action.kind == ActionKind::clear) ||
        (!dropped.contains(action.object) && !dropped.contains(whole(action.object))))
      rest.append(action);
  }
  return rest;
}

} // namespace pg_flux::snapshot
