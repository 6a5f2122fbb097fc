#include "snapshot/rename_action.h"

#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

std::string_view rename_text(const MatchedRow &row, std::string_view schema) {
  const DescribedRow &after = *row.match.after;
  if (find_statements(row.description->name).rename != nullptr)
    return after.extras[rename_extra];
  return format("ALTER %s %s RENAME TO {name}", after.extras[kind_extra].data(),
                altered_name(after, schema, "{current}").data());
}

std::string_view move_text(const MatchedRow &row, std::string_view schema) {
  const DescribedRow &after = *row.match.after;
  return format("ALTER %s %s SET SCHEMA %s", after.extras[kind_extra].data(),
                altered_name(after, after.extras[schema_extra], "{current}").data(), schema.data());
}

// Indexes, and sequences of columns, follow their tables.
bool moves_alone(const MatchedRow &row) {
  return find_statements(row.description->name).owner_column == nullptr ||
         !is_null(row.match.before->extras[owner_extra]);
}

} // namespace

Action restore_name(const MatchedRow &row, std::string_view schema) {
  const DescribedRow &before = *row.match.before;
  const DescribedRow &after = *row.match.after;
  const bool renamed = before.extras[name_extra] != after.extras[name_extra];
  const bool moved = moves_alone(row) && before.extras[schema_id_extra] != after.extras[schema_id_extra];
  std::string_view text = moved ? move_text(row, schema) : std::string_view{};
  if (renamed) {
    const std::string_view rename = rename_text(row, moved ? schema : after.extras[schema_extra]);
    text = moved ? format("%s;\n%s", text.data(), rename.data()) : rename;
  }
  Action action = make_action(ActionKind::rename, after, text);
  action.away = rename_text(row, after.extras[schema_extra]);
  if (!renamed)
    action.back = rename_text(row, schema);
  // Its schema has to be there.
  action.removes = moved;
  action.of_part = !is_main(row, after);
  action.restores = moved;
  action.names_freed = name_keys(row, after);
  action.names_taken = name_keys(row, before);
  action.current = after.extras[name_extra];
  action.name = before.extras[name_extra];
  return action;
}

} // namespace pg_flux::snapshot
