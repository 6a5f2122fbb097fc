#include "snapshot/action.h"

#include "snapshot/statements.h"

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
  action.schema = row.extras != nullptr ? schema_of(row) : InvalidOid;
  action.text = text;
  return action;
}

std::string_view name_key(const MatchedRow &row, const DescribedRow &described) {
  const std::string_view name = described.extras[name_extra];
  const std::string_view suffix = described.extras[suffix_extra];
  if (is_null(name))
    return format("%s %s", row.description->name, described.identity.data());
  const Oid schema = schema_of(described);
  return format("%s %u %s%s", row.description->name, OidIsValid(schema) ? schema : described.relation, name.data(),
                is_null(suffix) ? "" : suffix.data());
}

} // namespace pg_flux::snapshot
