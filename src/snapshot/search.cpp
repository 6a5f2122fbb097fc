#include "snapshot/search.h"

#include "snapshot/replacement.h"

extern "C" {
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
}

namespace pg_flux::snapshot {

namespace {

// Where a part of it or something about it goes, the object stays.
ActionKind drop_kind(const MatchedRow &row, const DescribedRow &after) {
  const Oid catalog = row.description->catalog;
  if (catalog == InheritsRelationId)
    return ActionKind::part;
  if (!is_main(row, after))
    return ActionKind::clear;
  return catalog == AuthIdRelationId ? ActionKind::drop_role : ActionKind::drop;
}

ActionKind create_kind(Oid catalog, bool comment) {
  if (comment)
    return ActionKind::comment;
  if (catalog == InheritsRelationId)
    return ActionKind::join;
  return catalog == DependRelationId ? ActionKind::own : ActionKind::create;
}

void restore_settings(Search &search, const MatchedRow &row, const DescribedRow &before) {
  int number = 0;
  for (const Alter &alter : statements_of(row).alters) {
    const std::string_view *texts = &before.extras[first_alter_extra + alter_extras * number++];
    if (alter.columns == nullptr || texts[apart_extra] != "true" || is_null(texts[set_extra]))
      continue;
    Action action = make_action(ActionKind::alter, before, texts[set_extra]);
    action.restores = true;
    search.actions.append(action);
  }
}

} // namespace

bool names_word(const char *words, std::string_view word) {
  return words != nullptr && strstr(words, psprintf(" %s ", word.data())) != nullptr;
}

bool is_comment(const MatchedRow &row) {
  return names_word(" pg_description pg_shdescription pg_seclabel pg_shseclabel ", row.description->name);
}

postgres::Array<Revoked> find_revoked(const postgres::Array<MatchedRow> &rows) {
  postgres::Array<Revoked> revoked;
  for (const MatchedRow &row : rows) {
    if (row.description->catalog != RelationRelationId || row.match.before == nullptr || row.match.after == nullptr ||
        !row.match.same_key)
      continue;
    const std::string_view *before = row.match.before->extras;
    const std::string_view *after = row.match.after->extras;
    const std::string_view rights = without_rights(
        with_grantee(after[rights_extra], after[rights_owner_extra], before[rights_owner_extra]), before[rights_extra]);
    if (!rights.empty())
      revoked.append({row.match.before->relation, rights});
  }
  return revoked;
}

void leave_to_a_person(Search &search, const DescribedRow &row, std::string_view lost, std::string_view text) {
  Action action = make_action(ActionKind::create, row, text);
  action.restores = true;
  action.lost = lost;
  search.actions.append(action);
}

void drop(Search &search, const MatchedRow &row, const DescribedRow &after) {
  if (is_null(after.extras[drop_extra]))
    return;
  const bool comment = is_comment(row);
  Action action = make_action(drop_kind(row, after), after, after.extras[drop_extra]);
  action.removes = !comment;
  if (const std::string_view kept = after.extras[kept_extra]; !is_null(kept))
    action.lost = format("%s %s: %s", after.type.data(), after.identity.data(), kept.data());
  if (action.kind == ActionKind::drop || action.kind == ActionKind::drop_role)
    action.names_freed = name_keys(row, after);
  search.actions.append(action);
}

void create(Search &search, const MatchedRow &row, const DescribedRow &before, bool over) {
  if (is_null(before.extras[create_extra]))
    return;
  Action action =
      make_action(create_kind(row.description->catalog, is_comment(row)), before, before.extras[create_extra]);
  action.restores = true;
  action.removes = over;
  action.lost = over ? std::string_view{} : before.extras[lost_extra];
  if (!over && action.kind == ActionKind::create)
    action.names_taken = name_keys(row, before);
  search.actions.append(action);
  if (over)
    return;
  // A sequence becomes a column's after that.
  const std::string_view owner = before.extras[before.type == "sequence" ? rights_owner_extra : owner_extra];
  if (const std::string_view text = owner_text(before, owner); !is_null(text) && owner != search.options.caller.name) {
    Action own = make_action(ActionKind::owner, before, text);
    own.restores = true;
    search.actions.append(own);
  }
  restore_rest(search, row, before);
}

void restore_rest(Search &search, const MatchedRow &row, const DescribedRow &before) {
  change_rights(before, created_rights(before, search.options.caller), before.extras[rights_extra], search.actions);
  restore_settings(search, row, before);
}

void replace(Search &search, const MatchedRow &row) {
  const DescribedRow &before = *row.match.before;
  for (const Oid view : find_materialized_users(before.object))
    if (const ObjectAddress object{RelationRelationId, view, 0}; !search.missing.contains(object)) {
      leave_to_a_person(search, before,
                        format("%s %s was changed: materialized view %s, which holds rows, depends on it",
                               before.type.data(), before.identity.data(), getObjectIdentity(&object, false)),
                        {});
      return;
    }
  search.replaced.append(before.object);
  drop(search, row, *row.match.after);
  create(search, row, before, false);
}

} // namespace pg_flux::snapshot
