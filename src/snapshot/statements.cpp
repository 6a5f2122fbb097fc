#include "snapshot/statements.h"

#include "snapshot/catalogs.h"

namespace pg_flux::snapshot {

namespace {

constexpr int alter_count = sizeof(Statements::alters) / sizeof(Alter);

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

// One right in each line: its name, to whom it is granted, and whether that one may grant it on.
const char *list_rights(const char *rights) {
  return psprintf("(SELECT string_agg(concat_ws(E'\\x1f', x.privilege_type, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE"
                  " quote_ident(pg_get_userbyid(x.grantee)) END, x.is_grantable), E'\\n'"
                  " ORDER BY x.grantee, x.is_grantable, x.privilege_type) FROM aclexplode(%s) x)",
                  rights);
}

const char *default_rights(const Rights &rights) {
  return rights.kind != nullptr ? psprintf("acldefault(%s, r.%s)", rights.kind, rights.owner) : "NULL::aclitem[]";
}

const char *stored_rights(const Rights &rights) {
  return psprintf("coalesce(r.%s, %s)", rights.column, default_rights(rights));
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
  auto **sql = static_cast<const char **>(palloc0(sizeof(char *) * (first_alter_extra + 2 * alter_count)));
  sql[create_extra] = or_null(statements.create);
  sql[drop_extra] = or_null(statements.drop);
  sql[kind_extra] = or_null(statements.kind);
  sql[name_extra] = quoted_name(statements);
  sql[schema_extra] = schema_name(statements);
  sql[schema_id_extra] = statements.schema_column != nullptr ? psprintf("r.%s", statements.schema_column) : "NULL";
  sql[suffix_extra] = or_null(statements.suffix);
  sql[rename_extra] = or_null(statements.rename);
  sql[owner_extra] = statements.owner_column != nullptr
                         ? psprintf("CASE WHEN %s THEN quote_ident(pg_get_userbyid(r.%s)) END",
                                    statements.owned != nullptr ? statements.owned : "true", statements.owner_column)
                         : "NULL";
  sql[rights_on_extra] = or_null(statements.rights_on);
  sql[rights_of_extra] = or_null(statements.rights_of);
  sql[rights_extra] = granted ? list_rights(stored_rights(rights)) : "NULL";
  sql[default_rights_extra] = granted ? list_rights(default_rights(rights)) : "NULL";
  sql[in_create_extra] = or_null(statements.in_create);
  sql[lost_extra] = or_null(statements.lost);
  for (int index = 0; index < alter_count; index++) {
    sql[first_alter_extra + 2 * index] = or_null(statements.alters[index].sql);
    sql[first_alter_extra + 2 * index + 1] = or_null(statements.alters[index].clear);
  }
  return {sql, first_alter_extra + 2 * alter_count};
}

} // namespace pg_flux::snapshot
