#include "snapshot/alterations.h"

#include "snapshot/difference.h"
#include "snapshot/rename_action.h"

extern "C" {
#include "catalog/pg_attribute.h"
#include "catalog/pg_index.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
}

namespace pg_flux::snapshot {

namespace {

bool is_column(const char *name, std::string_view column) { return name != nullptr && column == name; }

void restore_owner(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  Action action = make_action(ActionKind::owner, before, owner_text(before, before.extras[owner_extra]));
  if (is_null(action.text))
    return;
  action.restores = true;
  search.actions.append(action);
}

void restore_columns(Search &search, const MatchedRow &row, const Alter &alter, int number) {
  const DescribedRow &before = *row.match.before;
  const int first = first_alter_extra + alter_extras * number;
  const std::string_view clear = row.match.after->extras[first + clear_extra];
  const std::string_view set = before.extras[first + set_extra];
  if (!is_null(clear)) {
    Action action = make_action(ActionKind::clear, *row.match.after, clear);
    action.removes = true;
    search.actions.append(action);
  }
  if (is_null(set))
    return;
  if (set.empty()) {
    leave_to_a_person(search, before, format("%s: %s", before.identity.data(), alter.lost), {});
    return;
  }
  Action action = make_action(ActionKind::alter, before, set);
  action.removes = true;
  action.restores = true;
  if (alter.lost != nullptr)
    action.lost = format("%s was changed: %s", before.identity.data(), alter.lost);
  search.actions.append(action);
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

// An identity is made and dropped as a whole.
bool has_other_identity(const MatchedRow &row) {
  return column_value(row, *row.match.before, "attidentity").empty() !=
         column_value(row, *row.match.after, "attidentity").empty();
}

// How a column is stored follows its type, unless that was set apart.
bool follows_type(const MatchedRow &row, std::string_view column) {
  if (row.description->catalog != AttributeRelationId || !names_word(" attstorage attcompression ", column) ||
      column_value(row, *row.match.before, "atttypid") == column_value(row, *row.match.after, "atttypid"))
    return false;
  int number = 0;
  for (const Alter &alter : statements_of(row).alters) {
    if (names_word(alter.columns, column))
      return row.match.before->extras[first_alter_extra + alter_extras * number + apart_extra] != "true";
    number++;
  }
  return false;
}

Needs find_needs(const MatchedRow &row, const Statements &statements) {
  Needs needs;
  const char *rights_column = find_catalog(row.description->name).rights.column;
  for (int index = 0; index < row.description->columns.size(); index++) {
    std::string_view column = row.description->columns[index].name;
    if (same_value(row, index) || follows_type(row, column))
      continue;
    if (column == "attidentity" && has_other_identity(row))
      column = "has_identity";
    note_column(statements, rights_column, column, needs);
  }
  return needs;
}

// An expression that reads as before, but calls what was created meanwhile: another function of the same name.
bool means_another(const Search &search, const MatchedRow &row) {
  if (!search.users.contains(row.match.after->object))
    return false;
  for (int index = 0; index < row.description->columns.size(); index++)
    if (row.description->columns[index].parsed && row.match.before->stored[index] != row.match.after->stored[index])
      return true;
  return false;
}

// Returns true where the object is dropped and made again, with all that it was.
bool restore_body(Search &search, const MatchedRow &row, const Statements &statements) {
  const DescribedRow &before = *row.match.before;
  const std::string_view changed = format("%s %s was changed", before.type.data(), before.identity.data());
  // Making it again would lose what it holds.
  if (!is_null(before.extras[lost_extra])) {
    leave_to_a_person(search, before, changed, {});
    return false;
  }
  if (is_null(before.extras[create_extra])) {
    if (!comes_with_another(row, before))
      leave_to_a_person(search, before, changed, {});
    return false;
  }
  if (statements.replaces && !(row.description->catalog == ProcedureRelationId && has_other_parameters(row))) {
    create(search, row, before, true);
    return false;
  }
  replace(search, row);
  return true;
}

// The name and the type of a column are its parent's.
bool follows_parent(const Search &search, const MatchedRow &row) {
  return is_inherited(*row.match.after, search.inheritance.made);
}

void restore_alters(Search &search, const MatchedRow &row, const Needs &needs) {
  int number = 0;
  for (const Alter &alter : statements_of(row).alters) {
    if (needs.alters[number] && !(names_word(alter.columns, "atttypid") && follows_parent(search, row)))
      restore_columns(search, row, alter, number);
    number++;
  }
}

Oid schema_of(const DescribedRow &described) { return make_action(ActionKind::rename, described, {}).schema; }

// Into another schema, which may have the name of the one before.
bool is_moved(const Search &search, const MatchedRow &row) {
  const Oid schema = schema_of(*row.match.before);
  return row.match.same_key && schema != schema_of(*row.match.after) &&
         !search.gone.contains({NamespaceRelationId, schema, 0});
}

// What the schema before is called after the change.
std::string_view schema_after(const Search &search, const MatchedRow &row) {
  const ObjectAddress schema{NamespaceRelationId, schema_of(*row.match.before), 0};
  for (const MatchedRow &other : search.rows)
    if (other.match.same_key && other.description->catalog == NamespaceRelationId &&
        same_object(other.match.after->object, schema))
      return other.match.after->extras[name_extra];
  return row.match.before->extras[schema_extra];
}

// What is granted once the owner is restored, whose rights go with the ownership, and once a REVOKE on the table has
// taken what it takes from a column.
std::string_view rights_left(const Search &search, const MatchedRow &row) {
  const DescribedRow &after = *row.match.after;
  std::string_view rights = with_grantee(after.extras[rights_extra], after.extras[rights_owner_extra],
                                         row.match.before->extras[rights_owner_extra]);
  if (row.description->catalog == AttributeRelationId)
    for (const Revoked &revoked : search.revoked)
      if (revoked.relation == after.relation)
        rights = without_rights(rights, revoked.rights);
  return rights;
}

// Rows of catalogs that have no statements of their own.
void tell_of_change(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  if (!names_word(" pg_aggregate pg_range pg_init_privs ", row.description->name) &&
      find_needs(row, statements_of(row)).body)
    leave_to_a_person(search, before, format("%s %s was changed", before.type.data(), before.identity.data()), {});
}

} // namespace

bool has_other_body(const MatchedRow &row) { return find_needs(row, statements_of(row)).body; }

void undo_change(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  const DescribedRow &after = *row.match.after;
  const Statements &statements = statements_of(row);
  if (statements.name == nullptr) {
    tell_of_change(search, row);
    return;
  }
  Needs needs = find_needs(row, statements);
  needs.body = needs.body || means_another(search, row);
  if (needs.body && restore_body(search, row, statements))
    return;
  const bool named = (statements.kind == nullptr || !is_null(after.extras[kind_extra])) && !follows_parent(search, row);
  if (named && (needs.name || is_moved(search, row)))
    if (const Action action = restore_name(row, schema_after(search, row)); !is_null(action.text))
      search.actions.append(action);
  restore_alters(search, row, needs);
  if (needs.owner)
    restore_owner(search, row);
  if (needs.rights)
    change_rights(before, rights_left(search, row), before.extras[rights_extra], search.actions);
}

} // namespace pg_flux::snapshot
