#include "snapshot/rights_actions.h"

#include "postgres/query.h"
#include "snapshot/statements.h"

extern "C" {
#include "catalog/pg_type.h"
}

namespace pg_flux::snapshot {

namespace {

using postgres::Array;

bool has_line(std::string_view lines, std::string_view wanted) {
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = Min(lines.find('\n', begin), lines.size());
    if (lines.substr(begin, end - begin) == wanted)
      return true;
    begin = end + 1;
  }
  return false;
}

struct Right {
  std::string_view privilege;
  std::string_view grantee;
  bool grantable;
};

Right parse_right(std::string_view line) {
  const std::size_t first = line.find('\x1f');
  const std::size_t second = line.find('\x1f', first + 1);
  return {line.substr(0, first), line.substr(first + 1, second - first - 1), line.substr(second + 1) == "t"};
}

std::string_view right_statement(const DescribedRow &row, std::string_view privileges, const Right &right, bool grant) {
  const std::string_view before = row.extras[rights_of_extra];
  return format("%s%s %s %s %s %.*s%s", is_null(before) ? "" : before.data(), grant ? "GRANT" : "REVOKE",
                privileges.data(), row.extras[rights_on_extra].data(), grant ? "TO" : "FROM",
                static_cast<int>(right.grantee.size()), right.grantee.data(),
                grant && right.grantable ? " WITH GRANT OPTION" : "");
}

Array<Right> rights_beyond(std::string_view these, std::string_view others) {
  Array<Right> rights;
  for (std::size_t begin = 0; begin < these.size();) {
    const std::size_t end = Min(these.find('\n', begin), these.size());
    const std::string_view line = these.substr(begin, end - begin);
    if (!has_line(others, line))
      rights.append(parse_right(line));
    begin = end + 1;
  }
  return rights;
}

// What both had is one right.
Array<Right> merge_grantee(std::string_view rights, std::string_view from, std::string_view to) {
  Array<Right> merged;
  for (Right right : rights_beyond(rights, {})) {
    if (right.grantee == from)
      right.grantee = to;
    bool known = false;
    for (Right &other : merged)
      if (other.privilege == right.privilege && other.grantee == right.grantee) {
        other.grantable = other.grantable || right.grantable;
        known = true;
      }
    if (!known)
      merged.append(right);
  }
  return merged;
}

bool has_right(const Array<Right> &rights, const Right &wanted) {
  for (const Right &right : rights)
    if (right.privilege == wanted.privilege && right.grantee == wanted.grantee)
      return true;
  return false;
}

std::string_view list_rights(const Array<Right> &rights) {
  StringInfoData list;
  initStringInfo(&list);
  for (const Right &right : rights)
    appendStringInfo(&list, "%s%.*s\x1f%.*s\x1f%s", list.len > 0 ? "\n" : "", static_cast<int>(right.privilege.size()),
                     right.privilege.data(), static_cast<int>(right.grantee.size()), right.grantee.data(),
                     right.grantable ? "t" : "f");
  return {list.data, static_cast<std::size_t>(list.len)};
}

// Of a column, each privilege names it.
std::string_view join_privileges(const Array<Right> &rights, int first, int end, std::string_view separator) {
  StringInfoData joined;
  initStringInfo(&joined);
  for (int index = first; index < end; index++) {
    if (index > first)
      appendBinaryStringInfo(&joined, separator.data(), static_cast<int>(separator.size()));
    appendBinaryStringInfo(&joined, rights[index].privilege.data(), static_cast<int>(rights[index].privilege.size()));
  }
  return {joined.data, static_cast<std::size_t>(joined.len)};
}

// Revokes or grants what is in one list of rights and not in the other, a statement for each role.
void append_rights_beyond(const DescribedRow &row, std::string_view these, std::string_view others, bool grant,
                          ActionKind kind, Array<Action> &actions) {
  const Array<Right> rights = rights_beyond(these, others);
  const std::string_view on = row.extras[rights_on_extra];
  const std::string_view columns = on.starts_with('(') ? on.substr(0, on.find(") ON ") + 1) : std::string_view{};
  for (int first = 0; first < rights.size();) {
    int end = first + 1;
    while (end < rights.size() && rights[end].grantee == rights[first].grantee &&
           rights[end].grantable == rights[first].grantable)
      end++;
    const std::string_view separator =
        columns.empty() ? std::string_view(", ") : format(" %.*s, ", static_cast<int>(columns.size()), columns.data());
    Action action = make_action(
        kind, row, right_statement(row, join_privileges(rights, first, end, separator), rights[first], grant));
    action.removes = kind == ActionKind::clear;
    action.restores = kind != ActionKind::clear;
    actions.append(action);
    first = end;
  }
}

} // namespace

void change_rights(const DescribedRow &row, std::string_view from, std::string_view to,
                   postgres::Array<Action> &actions, ActionKind kind) {
  if (is_null(row.extras[rights_on_extra]))
    return;
  append_rights_beyond(row, from, to, false, kind, actions);
  append_rights_beyond(row, to, from, true, kind, actions);
}

std::string_view created_rights(const DescribedRow &row, const Caller &caller) {
  const std::string_view kind = row.extras[rights_kind_extra];
  if (is_null(kind))
    return {};
  // $1: the kind as acldefault() has it, $2: the role, $3: the schema. Servers and columns have no default privileges.
  static postgres::Query query{
      "SELECT " RIGHTS_LIST(
          "coalesce((SELECT d.defaclacl FROM pg_default_acl d WHERE d.defaclrole = $2"
          " AND d.defaclnamespace = 0 AND d.defaclobjtype = k.kind), acldefault($1, $2))"
          " || coalesce((SELECT d.defaclacl FROM pg_default_acl d WHERE d.defaclrole = $2"
          " AND d.defaclnamespace = $3 AND $3 <> 0 AND d.defaclobjtype = k.kind), '{}')") " FROM (SELECT CASE $1 WHEN "
                                                                                          "'s' THEN 'S' WHEN 'S' THEN "
                                                                                          "NULL ELSE $1 END::\"char\") "
                                                                                          "k(kind)",
      3,
      {CHAROID, OIDOID, OIDOID}};
  MemoryContext memory = CurrentMemoryContext;
  (void)postgres::run(query, {{CharGetDatum(kind[0])},
                              {ObjectIdGetDatum(caller.role)},
                              {ObjectIdGetDatum(make_action(ActionKind::rights, row, {}).schema)}});
  MemoryContextSwitchTo(memory);
  return with_grantee(postgres::text_result(0, 1, memory), caller.name, row.extras[rights_owner_extra]);
}

std::string_view without_rights(std::string_view rights, std::string_view others) {
  Array<Right> rest;
  const Array<Right> taken = rights_beyond(others, {});
  for (const Right &right : rights_beyond(rights, {}))
    if (!has_right(taken, right))
      rest.append(right);
  return list_rights(rest);
}

std::string_view with_grantee(std::string_view rights, std::string_view from, std::string_view to) {
  return is_null(from) || is_null(to) || from == to ? rights : list_rights(merge_grantee(rights, from, to));
}

} // namespace pg_flux::snapshot
