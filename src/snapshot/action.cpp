#include "snapshot/action.h"

#include "snapshot/inheritance.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/lsyscache.h"
}

namespace pg_flux::snapshot {

namespace {

Oid schema_of(const DescribedRow &row) {
  const std::string_view id = row.extras[schema_id_extra];
  return is_null(id) ? InvalidOid : static_cast<Oid>(strtoul(id.data(), nullptr, 10));
}

} // namespace

std::string_view format(const char *pattern, ...) {
  StringInfoData text;
  initStringInfo(&text);
  for (;;) {
    va_list arguments;
    va_start(arguments, pattern);
    const int needed = appendStringInfoVA(&text, pattern, arguments);
    va_end(arguments);
    if (needed == 0)
      return {text.data, static_cast<std::size_t>(text.len)};
    enlargeStringInfo(&text, needed);
  }
}

Action make_action(ActionKind kind, const DescribedRow &row, std::string_view text) {
  Action action{};
  action.kind = kind;
  action.object = row.object;
  action.relation = row.relation;
  if (row.extras != nullptr) {
    action.schema = schema_of(row);
    action.parents = parents_of(row);
  }
  action.text = text;
  return action;
}

std::string_view altered_name(const DescribedRow &described, std::string_view schema, const char *name) {
  const std::string_view suffix = described.extras[suffix_extra];
  return format("%s%s%s%s", is_null(schema) ? "" : schema.data(), is_null(schema) ? "" : ".", name,
                is_null(suffix) ? "" : suffix.data());
}

std::string_view owner_text(const DescribedRow &before, std::string_view owner) {
  if (is_null(owner) || is_null(before.extras[kind_extra]))
    return {};
  return format("ALTER %s %s OWNER TO %s", before.extras[kind_extra].data(),
                altered_name(before, before.extras[schema_extra], before.extras[name_extra].data()).data(),
                owner.data());
}

postgres::Array<std::string_view> name_keys(const MatchedRow &row, const DescribedRow &described) {
  postgres::Array<std::string_view> keys;
  const std::string_view name = described.extras[name_extra];
  const std::string_view suffix = described.extras[suffix_extra];
  // The row type of a relation has its name, and so has the index of a constraint.
  const char *names = row.description->catalog == TypeRelationId ? "pg_class" : row.description->name;
  if (is_null(name)) {
    keys.append(format("%s %s", names, described.identity.data()));
    return keys;
  }
  const Oid schema = schema_of(described);
  keys.append(format("%s %u %s%s", names, OidIsValid(schema) ? schema : described.relation, name.data(),
                     is_null(suffix) ? "" : suffix.data()));
  const bool has_index = row.description->catalog == ConstraintRelationId &&
                         strchr("pux", column_value(row, described, "contype")[0]) != nullptr;
  if (has_index)
    keys.append(format("pg_class %u %s", get_rel_namespace(described.relation), name.data()));
  return keys;
}

} // namespace pg_flux::snapshot
