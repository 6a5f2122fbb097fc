#include "snapshot/actions.h"

#include "postgres/strings.h"
#include "snapshot/difference.h"
#include "snapshot/matched.h"
#include "snapshot/rename_action.h"
#include "snapshot/replacement.h"
#include "snapshot/rights_actions.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/dependency.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_description.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_init_privs.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

// The state of one search for actions.
struct Search {
  const ActionOptions &options;
  Array<Action> actions;
  ObjectSet created;
  ObjectSet missing;
  ObjectSet missing_whole; // the same, but what merely depends on a member is no part of it
  ObjectSet lost;          // was there, is there again with other contents
  Array<ObjectAddress> replaced;
};

const Statements &statements_of(const MatchedRow &row) { return find_statements(row.description->name); }

bool names_word(const char *words, std::string_view word) {
  return words != nullptr && strstr(words, psprintf(" %s ", word.data())) != nullptr;
}

void leave_to_a_person(Search &search, const DescribedRow &row, std::string_view lost, std::string_view text) {
  Action action = make_action(ActionKind::create, row, text);
  action.restores = true;
  action.lost = lost;
  search.actions.append(action);
}

// Whole objects -----------------------------------------------------------------------------------------------------

bool is_comment(const MatchedRow &row) {
  return names_word(" pg_description pg_shdescription pg_seclabel pg_shseclabel ", row.description->name);
}

void drop(Search &search, const MatchedRow &row, const DescribedRow &after) {
  if (is_null(after.extras[drop_extra]))
    return;
  const bool comment = is_comment(row);
  Action action = make_action(comment ? ActionKind::comment : ActionKind::drop, after, after.extras[drop_extra]);
  action.removes = !comment;
  action.name_freed = comment ? std::string_view{} : name_key(row, after);
  search.actions.append(action);
}

// over: it is there, and the statement puts it in its old form.
void create(Search &search, const MatchedRow &row, const DescribedRow &before, bool over) {
  if (is_null(before.extras[create_extra]))
    return;
  Action action =
      make_action(is_comment(row) ? ActionKind::comment : ActionKind::create, before, before.extras[create_extra]);
  action.restores = true;
  action.removes = over;
  action.lost = over ? std::string_view{} : before.extras[lost_extra];
  if (!over && !is_comment(row))
    action.name_taken = name_key(row, before);
  search.actions.append(action);
  if (over)
    return;
  const std::string_view owner = before.extras[owner_extra];
  if (!is_null(owner) && owner != search.options.caller && !is_null(before.extras[kind_extra])) {
    Action own = make_action(
        ActionKind::owner, before,
        format("ALTER %s %s OWNER TO %s", before.extras[kind_extra].data(), before.identity.data(), owner.data()));
    own.restores = true;
    search.actions.append(own);
  }
  change_rights(before, before.extras[default_rights_extra], before.extras[rights_extra], search.actions);
}

bool is_foreign_key(const MatchedRow &row, const DescribedRow &described) {
  return row.description->catalog == ConstraintRelationId && column_value(row, described, "contype") == "f";
}

void undo_creation(Search &search, const MatchedRow &row) {
  const DescribedRow &after = *row.match.after;
  const bool main = is_main(row, after);
  const bool separate = search.options.separate_keys && is_foreign_key(row, after);
  if (!separate && (main ? search.created.contains_owner_of(after.object) : search.created.contains(after.object)))
    return;
  if (row.description->catalog == EnumRelationId) {
    leave_to_a_person(search, after, format("enum label %s cannot be removed", after.identity.data()), {});
    return;
  }
  if (find_statements(row.description->name).name == nullptr) {
    if (row.description->catalog != InitPrivsRelationId)
      leave_to_a_person(search, after, format("%s %s is left", after.type.data(), after.identity.data()), {});
    return;
  }
  if (is_null(after.extras[drop_extra]) && !is_null(after.extras[rights_of_extra])) {
    change_rights(after, after.extras[rights_extra],
                  column_value(row, after, "defaclnamespace").data() == nullptr ? after.extras[default_rights_extra]
                                                                                : std::string_view{},
                  search.actions);
    return;
  }
  drop(search, row, after);
}

// Columns come with their relation, what is granted on them does not.
void grant_anew(Search &search, const MatchedRow &row) {
  if (row.match.before != nullptr)
    change_rights(*row.match.before, row.match.before->extras[default_rights_extra],
                  row.match.before->extras[rights_extra], search.actions);
}

void undo_loss(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  const bool main = is_main(row, before);
  if (main && row.description->catalog == AttributeRelationId && search.missing.contains_owner_of(before.object))
    grant_anew(search, row);
  if (main && search.missing_whole.contains_owner_of(before.object))
    return;
  if (find_statements(row.description->name).name == nullptr) {
    if (main || !search.missing.contains(before.object))
      if (row.description->catalog != InitPrivsRelationId)
        leave_to_a_person(search, before, format("%s %s is gone", before.type.data(), before.identity.data()), {});
    return;
  }
  if (before.extras[in_create_extra] == "true" &&
      (main ? search.missing.contains_owner_of(before.object) : search.missing.contains(before.object)))
    return;
  if (is_null(before.extras[create_extra]) && !is_null(before.extras[rights_of_extra])) {
    change_rights(before,
                  column_value(row, before, "defaclnamespace").data() == nullptr ? before.extras[default_rights_extra]
                                                                                 : std::string_view{},
                  before.extras[rights_extra], search.actions);
    return;
  }
  if (is_null(before.extras[create_extra]) && main && !search.missing.contains_owner_of(before.object) &&
      column_value(row, before, "tgisinternal") != "true")
    leave_to_a_person(search, before, format("%s %s is gone", before.type.data(), before.identity.data()), {});
  create(search, row, before, false);
}

// Changes -----------------------------------------------------------------------------------------------------------

bool is_column(const char *name, std::string_view column) { return name != nullptr && column == name; }

void restore_owner(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  if (is_null(before.extras[kind_extra]) || is_null(before.extras[owner_extra]))
    return;
  Action action = make_action(ActionKind::owner, before,
                              format("ALTER %s %s OWNER TO %s", before.extras[kind_extra].data(),
                                     before.identity.data(), before.extras[owner_extra].data()));
  action.restores = true;
  search.actions.append(action);
}

void restore_columns(Search &search, const MatchedRow &row, const Alter &alter, int number) {
  const DescribedRow &before = *row.match.before;
  const std::string_view clear = row.match.after->extras[first_alter_extra + 2 * number + 1];
  const std::string_view set = before.extras[first_alter_extra + 2 * number];
  if (!is_null(clear)) {
    Action action = make_action(ActionKind::clear, *row.match.after, clear);
    action.removes = true;
    search.actions.append(action);
  }
  if (is_null(set))
    return;
  Action action = make_action(ActionKind::alter, before, set);
  action.removes = true;
  action.restores = true;
  if (alter.lost != nullptr)
    action.lost = format("%s was changed: %s", before.identity.data(), alter.lost);
  search.actions.append(action);
}

void replace(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  search.replaced.append(before.object);
  drop(search, row, *row.match.after);
  create(search, row, before, false);
}

// A function that CREATE OR REPLACE cannot put back: other names of parameters, or fewer defaults.
bool has_other_parameters(const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  const DescribedRow &after = *row.match.after;
  for (const char *column :
       {"proargnames", "pronargdefaults", "prorettype", "proargmodes", "proallargtypes", "prokind"})
    if (column_value(row, before, column) != column_value(row, after, column))
      return true;
  return column_value(row, before, "prokind") == "a";
}

// Which alters, and what else, a changed row needs.
struct Needs {
  bool name = false;
  bool owner = false;
  bool rights = false;
  bool body = false; // a column that no other statement restores
  bool alters[sizeof(Statements::alters) / sizeof(Alter)] = {};
};

void note_column(const Statements &statements, const char *rights_column, std::string_view column, Needs &needs) {
  if (is_column(statements.name_column, column) || is_column(statements.schema_column, column)) {
    needs.name = true;
    return;
  }
  if (is_column(statements.owner_column, column)) {
    needs.owner = true;
    return;
  }
  if (is_column(rights_column, column)) {
    needs.rights = true;
    return;
  }
  int number = 0;
  for (const Alter &alter : statements.alters) {
    if (names_word(alter.columns, column)) {
      needs.alters[number] = true;
      return;
    }
    number++;
  }
  if (!names_word(statements.follows, column))
    needs.body = true;
}

Needs find_needs(const MatchedRow &row, const Statements &statements) {
  Needs needs;
  const char *rights_column = find_catalog(row.description->name).rights.column;
  // How a column is stored follows its type.
  const bool retyped =
      row.description->catalog == AttributeRelationId &&
      column_value(row, *row.match.before, "atttypid") != column_value(row, *row.match.after, "atttypid");
  for (int index = 0; index < row.description->columns.size(); index++) {
    const DescribedColumn &column = row.description->columns[index];
    if (!same_value(row, index) && !(retyped && names_word(" attstorage attcompression ", column.name)))
      note_column(statements, rights_column, column.name, needs);
  }
  return needs;
}

void restore_body(Search &search, const MatchedRow &row, const Statements &statements) {
  const DescribedRow &before = *row.match.before;
  // Making it again would lose what it holds.
  if (!is_null(before.extras[lost_extra])) {
    leave_to_a_person(search, before, format("%s %s was changed", before.type.data(), before.identity.data()), {});
    return;
  }
  if (is_null(before.extras[create_extra])) {
    if (column_value(row, before, "tgisinternal") != "true" &&
        !names_word(" pg_aggregate pg_index ", row.description->name))
      leave_to_a_person(search, before, format("%s %s was changed", before.type.data(), before.identity.data()), {});
    return;
  }
  if (statements.replaces && !(strcmp(row.description->name, "pg_proc") == 0 && has_other_parameters(row)))
    create(search, row, before, true);
  else
    replace(search, row);
}

void undo_change(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  const Statements &statements = statements_of(row);
  if (statements.name == nullptr || search.lost.contains(before.object))
    return;
  const Needs needs = find_needs(row, statements);
  const bool named = statements.kind == nullptr || !is_null(row.match.after->extras[kind_extra]);
  if (const Action action = needs.name && named ? restore_name(row) : Action{}; !is_null(action.text))
    search.actions.append(action);
  if (needs.body)
    restore_body(search, row, statements);
  int number = 0;
  for (const Alter &alter : statements.alters) {
    if (needs.alters[number])
      restore_columns(search, row, alter, number);
    number++;
  }
  if (needs.owner)
    restore_owner(search, row);
  // The rights of the owner go with the ownership.
  if (needs.rights)
    change_rights(before,
                  with_grantee(row.match.after->extras[rights_extra], row.match.after->extras[owner_extra],
                               before.extras[owner_extra]),
                  before.extras[rights_extra], search.actions);
}

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

ObjectSet find_replaced_views(const Array<MatchedRow> &rows) {
  static const Array<Dependency> none;
  ObjectSet views(none);
  for (const MatchedRow &row : rows)
    if (replaces_view(row))
      views.add({RelationRelationId, (row.match.before != nullptr ? row.match.before : row.match.after)->relation, 0});
  return views;
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
    leave_to_a_person(search, *match.before,
                      format("%s %s was dropped and created anew: what it held is gone", match.before->type.data(),
                             match.before->identity.data()),
                      {});
  }
}

bool is_lost(const Search &search, const DescribedRow &described) {
  return search.lost.contains(described.object) || search.lost.contains(whole(described.object)) ||
         search.lost.contains({RelationRelationId, described.relation, 0});
}

// The columns and the rule of a view that is made again come with it.
bool comes_with_view(const MatchedRow &row, const DescribedRow &described, const ObjectSet &replaced_views) {
  if (!replaced_views.contains({RelationRelationId, described.relation, 0}))
    return false;
  if (row.description->catalog == AttributeRelationId)
    return described.type == "view column";
  return row.match.before != nullptr && row.match.after != nullptr && !is_main(row, described);
}

void undo_row(Search &search, const MatchedRow &row, const ObjectSet &replaced_views) {
  const Match &match = row.match;
  const DescribedRow &described = match.before != nullptr ? *match.before : *match.after;
  if (is_lost(search, described) || (match.after != nullptr && is_lost(search, *match.after)))
    return;
  if (comes_with_view(row, described, replaced_views))
    grant_anew(search, row);
  else if (match.before == nullptr)
    undo_creation(search, row);
  else if (match.after == nullptr)
    undo_loss(search, row);
  else if (row.description->catalog == RelationRelationId && replaced_views.contains(described.object))
    replace(search, row);
  else
    undo_change(search, row);
}

// What was dropped along is made again, and what stands in the way is dropped first.
void make_companions(Search &search, Observation &observation) {
  for (int index = 0; index < search.replaced.size(); index++) {
    const Companions companions = find_companions(observation, search.replaced[index]);
    for (const Description &description : companions.dropped_with)
      for (const DescribedRow &described : description.rows) {
        const MatchedRow row{&description, {&described, nullptr, false}};
        create(search, row, described, false);
        if (description.catalog == AttributeRelationId)
          change_rights(described, described.extras[default_rights_extra], described.extras[rights_extra],
                        search.actions);
      }
    for (const Description &description : companions.in_the_way)
      for (const DescribedRow &described : description.rows) {
        bool known = false;
        for (const ObjectAddress &object : search.replaced)
          known = known || same_object(object, described.object);
        if (known)
          continue;
        const MatchedRow row{&description, {&described, &described, true}};
        replace(search, row);
      }
    for (const Dependency &dependency : dependencies_of(companions.in_the_way)) {
      observation.dependencies_before.append(dependency);
      observation.dependencies_after.append(dependency);
    }
  }
}

Array<Dependency> inner_dependencies(const Array<Dependency> &dependencies) {
  Array<Dependency> inner;
  for (const Dependency &dependency : dependencies)
    if (dependency.type != DEPENDENCY_AUTO)
      inner.append(dependency);
  return inner;
}

} // namespace

Array<Action> find_actions(Observation &observation, const ActionOptions &options) {
  const Array<MatchedRow> rows = match_all(observation);
  const Array<Dependency> inner = inner_dependencies(observation.dependencies_before);
  Search search{options,
                {},
                one_sided(rows, &Match::after, &Match::before, observation.dependencies_after),
                one_sided(rows, &Match::before, &Match::after, observation.dependencies_before),
                one_sided(rows, &Match::before, &Match::after, inner),
                ObjectSet(inner),
                {}};
  const ObjectSet replaced_views = find_replaced_views(rows);
  find_lost(search, rows);
  for (const MatchedRow &row : rows)
    undo_row(search, row, replaced_views);
  make_companions(search, observation);
  return search.actions;
}

} // namespace pg_flux::snapshot
