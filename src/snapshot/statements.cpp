#include "snapshot/statements.h"

#include "snapshot/catalogs.h"

namespace pg_flux::snapshot {

namespace {

constexpr int alter_count = sizeof(Statements::alters) / sizeof(Alter);
constexpr int extra_count = first_alter_extra + alter_extras * alter_count;

const char *or_null(const char *sql) { return sql != nullptr ? sql : "NULL"; }

const char *quoted_name(const Statements &statements) {
  if (statements.quoted != nullptr)
    return statements.quoted;
  return statements.name_column != nullptr ? psprintf("quote_ident(r.%s)", statements.name_column) : "NULL";
}

const char *schema_name(const Statements &statements) {
  if (statements.schema_column == nullptr)
    return "NULL";
  return psprintf("(SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = r.%s)", statements.schema_column);
}

const char *list_rights(const char *rights) { return psprintf(RIGHTS_LIST("%s"), rights); }

const char *role_name(const char *role) { return psprintf("quote_ident(pg_get_userbyid(%s))", role); }

const char *rights_owner(const Statements &statements) {
  if (statements.owner != nullptr)
    return role_name(statements.owner);
  return statements.owner_column != nullptr ? role_name(psprintf("r.%s", statements.owner_column)) : "NULL";
}

const char *default_rights(const Statements &statements, const Rights &rights) {
  if (statements.default_rights != nullptr)
    return statements.default_rights;
  return rights.kind != nullptr ? psprintf("acldefault(%s, r.%s)", rights.kind, rights.owner) : "NULL::aclitem[]";
}

const char *stored_rights(const Statements &statements, const Rights &rights) {
  return psprintf("coalesce(r.%s, %s)", rights.column, default_rights(statements, rights));
}

} // namespace

const Statements &find_statements(const char *catalog) {
  static const Statements none{};
  for (const Statements *part : {relation_statements, routine_statements, type_statements, database_statements})
    for (const Statements *statements = part; statements->name != nullptr; statements++)
      if (strcmp(statements->name, catalog) == 0)
        return *statements;
  return none;
}

Extras statement_extras(const char *catalog) {
  const Statements &statements = find_statements(catalog);
  if (statements.name == nullptr)
    return {};
  const Rights rights = find_catalog(catalog).rights;
  const bool granted = statements.rights_on != nullptr;
  auto **sql = static_cast<const char **>(palloc0(sizeof(char *) * extra_count));
  sql[create_extra] = or_null(statements.create);
  sql[drop_extra] = or_null(statements.drop);
  sql[kind_extra] = or_null(statements.kind);
  sql[name_extra] = quoted_name(statements);
  sql[schema_extra] = schema_name(statements);
  sql[schema_id_extra] = statements.schema_column != nullptr ? psprintf("r.%s", statements.schema_column) : "NULL";
  sql[suffix_extra] = or_null(statements.suffix);
  sql[rename_extra] = or_null(statements.rename);
  sql[owner_extra] = statements.owner_column != nullptr
                         ? psprintf("CASE WHEN %s THEN %s END", statements.owned != nullptr ? statements.owned : "true",
                                    rights_owner(statements))
                         : "NULL";
  sql[rights_on_extra] = or_null(statements.rights_on);
  sql[rights_of_extra] = or_null(statements.rights_of);
  sql[rights_extra] = granted ? list_rights(stored_rights(statements, rights)) : "NULL";
  sql[default_rights_extra] = granted ? list_rights(default_rights(statements, rights)) : "NULL";
  sql[rights_kind_extra] = granted ? or_null(rights.kind) : "NULL";
  sql[rights_owner_extra] = rights_owner(statements);
  sql[in_create_extra] = or_null(statements.in_create);
  sql[lost_extra] = or_null(statements.lost);
  sql[kept_extra] = or_null(statements.kept);
  sql[parents_extra] = or_null(statements.parents);
  for (int index = 0; index < alter_count; index++) {
    const Alter &alter = statements.alters[index];
    const char **texts = &sql[first_alter_extra + alter_extras * index];
    texts[set_extra] = or_null(alter.sql);
    texts[clear_extra] = or_null(alter.clear);
    texts[apart_extra] = or_null(alter.apart);
  }
  return {sql, extra_count};
}

} // namespace pg_flux::snapshot
