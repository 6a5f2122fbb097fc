#include "snapshot/actions.h"

#include "snapshot/alterations.h"
#include "snapshot/namesakes.h"
#include "snapshot/remaking.h"
#include "snapshot/replacement.h"
#include "snapshot/search.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_init_privs.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

bool is_foreign_key(const MatchedRow &row, const DescribedRow &described) {
  return row.description->catalog == ConstraintRelationId && column_value(row, described, "contype") == "f";
}

// A column or constraint that a parent gives and takes.
bool follows_parent(const MatchedRow &row, const DescribedRow &described, const Array<Link> &links) {
  if (row.description->catalog != AttributeRelationId && row.description->catalog != ConstraintRelationId)
    return false;
  const bool local =
      column_value(row, described, "attislocal") == "true" || column_value(row, described, "conislocal") == "true";
  return !local && is_inherited(described, links);
}

// Rights without an object of their own: default privileges, and those on parameters.
bool is_right(const DescribedRow &described, Extra statement) {
  return is_null(described.extras[statement]) && !is_null(described.extras[rights_of_extra]);
}

std::string_view rights_of_none(const MatchedRow &row, const DescribedRow &described) {
  return column_value(row, described, "defaclnamespace").data() == nullptr ? described.extras[default_rights_extra]
                                                                           : std::string_view{};
}

void undo_creation(Search &search, const MatchedRow &row) {
  const DescribedRow &after = *row.match.after;
  const bool main = is_main(row, after);
  const bool separate = search.options.separate_keys && is_foreign_key(row, after);
  if (!separate && (main ? search.created.contains_owner_of(after.object) : search.created.contains(after.object)))
    return;
  if (follows_parent(row, after, search.inheritance.made) || row.description->catalog == InitPrivsRelationId)
    return;
  if (row.description->catalog == EnumRelationId)
    leave_to_a_person(search, after, format("enum label %s cannot be removed", after.identity.data()), {});
  else if (statements_of(row).name == nullptr)
    leave_to_a_person(search, after, format("%s %s is left", after.type.data(), after.identity.data()), {});
  else if (is_right(after, drop_extra))
    change_rights(after, after.extras[rights_extra], rights_of_none(row, after), search.actions, ActionKind::clear);
  else
    drop(search, row, after);
}

// True where the statement that makes another object makes this one.
bool comes_with_owner(const Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  if (row.description->catalog == InheritsRelationId && search.missing_whole.contains_owner_of(before.object))
    return true;
  const bool main = is_main(row, before);
  if (main && search.missing_whole.contains_owner_of(before.object))
    return true;
  if (before.extras == nullptr || before.extras[in_create_extra] != "true")
    return false;
  // A constraint goes with its columns, but comes with the table.
  if (row.description->catalog == ConstraintRelationId && OidIsValid(before.relation))
    return search.missing.contains({RelationRelationId, before.relation, 0});
  return main ? search.missing.contains_owner_of(before.object) : search.missing.contains(before.object);
}

void undo_loss(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  const bool main = is_main(row, before);
  const bool known = statements_of(row).name != nullptr;
  if (row.description->catalog == InitPrivsRelationId || follows_parent(row, before, search.inheritance.ended))
    return;
  if (known && comes_with_owner(search, row)) {
    if (before.extras[in_create_extra] == "true")
      restore_rest(search, row, before);
    return;
  }
  const std::string_view gone = format("%s %s is gone", before.type.data(), before.identity.data());
  if (!known) {
    if (main ? !search.missing_whole.contains_owner_of(before.object) : !search.missing.contains(before.object))
      leave_to_a_person(search, before, gone, {});
  } else if (is_right(before, create_extra)) {
    change_rights(before, rights_of_none(row, before), before.extras[rights_extra], search.actions);
  } else {
    if (is_null(before.extras[create_extra]) && main && !search.missing.contains_owner_of(before.object) &&
        !comes_with_another(row, before))
      leave_to_a_person(search, before, gone, {});
    create(search, row, before, false);
  }
}

// Other objects in the place of those that held data: nothing brings it back.
void find_lost(Search &search, const Array<MatchedRow> &rows) {
  for (const MatchedRow &row : rows) {
    const Match &match = row.match;
    if (match.before == nullptr || match.after == nullptr || match.same_key || !match.before->has_data)
      continue;
    const bool part = row.description->catalog == AttributeRelationId;
    if (part && match.before->relation != match.after->relation)
      continue;
    search.lost.add(match.before->object);
    search.lost.add(match.after->object);
    // What comes and goes with another object leaves its name free.
    const std::string_view text =
        is_null(match.after->extras[drop_extra]) ? match.before->extras[create_extra] : std::string_view{};
    leave_to_a_person(search, *match.before,
                      format("%s %s was dropped and created anew: what it held is gone", match.before->type.data(),
                             match.before->identity.data()),
                      text);
  }
}

bool is_lost(const Search &search, const DescribedRow &described) {
  return search.lost.contains(described.object) || search.lost.contains(whole(described.object)) ||
         search.lost.contains({RelationRelationId, described.relation, 0});
}

// What is granted on the columns of a view does not come with it.
void restore_view_part(Search &search, const MatchedRow &row) {
  if (row.match.before != nullptr)
    restore_rest(search, row, *row.match.before);
}

// ALTER EXTENSION changes its members too.
bool follows_extension(const Array<MatchedRow> &rows, const MatchedRow &changed) {
  const DescribedRow &before = *changed.match.before;
  const Oid extension = getExtensionOfObject(before.object.classId, before.object.objectId);
  for (const MatchedRow &row : rows)
    if (OidIsValid(extension) && row.description->catalog == ExtensionRelationId && row.match.before != nullptr &&
        row.match.after != nullptr && row.match.before->object.objectId == extension)
      return true;
  return false;
}

void undo_row(Search &search, const MatchedRow &row, const ObjectSet &remade) {
  const Match &match = row.match;
  if (match.before != nullptr && match.after != nullptr && follows_extension(search.rows, row))
    return;
  const DescribedRow &described = match.before != nullptr ? *match.before : *match.after;
  if (is_lost(search, described) || (match.after != nullptr && is_lost(search, *match.after)))
    return;
  if (comes_with_view(row, remade))
    restore_view_part(search, row);
  else if (match.before == nullptr)
    undo_creation(search, row);
  else if (match.after == nullptr)
    undo_loss(search, row);
  else if (is_remade(row, remade))
    replace(search, row);
  else
    undo_change(search, row);
}

// What a REVOKE on a table takes from its columns that the change did not touch.
void grant_columns_anew(Search &search, const Observation &observation) {
  for (const Revoked &revoked : search.revoked) {
    const Array<Description> descriptions = find_granted_columns(observation, revoked.relation);
    for (const Description &description : descriptions)
      for (const DescribedRow &column : description.rows)
        change_rights(column, without_rights(column.extras[rights_extra], revoked.rights), column.extras[rights_extra],
                      search.actions);
  }
}

// Without those of an object that merely depends on another one, and of an index that can be made alone and attached.
Array<Dependency> inner_dependencies(const Array<Dependency> &dependencies) {
  Array<Dependency> inner;
  for (const Dependency &dependency : dependencies)
    if (dependency.type != DEPENDENCY_AUTO &&
        (dependency.type != DEPENDENCY_PARTITION_PRI || dependency.object.classId != RelationRelationId))
      inner.append(dependency);
  return inner;
}

} // namespace

Array<Action> find_actions(Observation &observation, const ActionOptions &options) {
  const Array<MatchedRow> rows = separate_namesakes(match_all(observation));
  const Inheritance inheritance = find_inheritance(rows, one_sided(rows, &Match::after, &Match::before, {}),
                                                   one_sided(rows, &Match::before, &Match::after, {}));
  const Array<Dependency> after = without_parents(observation.dependencies_after, inheritance.made);
  const Array<Dependency> before = without_parents(observation.dependencies_before, inheritance.ended);
  const Array<Dependency> inner = inner_dependencies(before);
  Search search{options,
                rows,
                {},
                one_sided(rows, &Match::after, &Match::before, after),
                one_sided(rows, &Match::before, &Match::after, before),
                one_sided(rows, &Match::before, &Match::after, inner),
                ObjectSet(inner),
                find_users(after, one_sided(rows, &Match::after, &Match::before, after)),
                inheritance,
                {},
                find_revoked(rows),
                find_gone(rows)};
  const ObjectSet remade = find_remade(rows);
  const ObjectSet adopted = make_adopted(search, observation);
  find_lost(search, rows);
  for (const MatchedRow &row : rows)
    if (row.match.before == nullptr || !is_main(row, *row.match.before) || !adopted.contains(row.match.before->object))
      undo_row(search, row, remade);
  make_dependents(search, observation);
  make_companions(search, observation);
  grant_columns_anew(search, observation);
  return without_dropped_parts(search.actions);
}

} // namespace pg_flux::snapshot
