#include "snapshot/rights_actions.h"

#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

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

std::string_view right_statement(const DescribedRow &row, const Right &right, bool grant) {
  const std::string_view before = row.extras[rights_of_extra];
  return format("%s%s %.*s %s %s %.*s%s", is_null(before) ? "" : before.data(), grant ? "GRANT" : "REVOKE",
                static_cast<int>(right.privilege.size()), right.privilege.data(), row.extras[rights_on_extra].data(),
                grant ? "TO" : "FROM", static_cast<int>(right.grantee.size()), right.grantee.data(),
                grant && right.grantable ? " WITH GRANT OPTION" : "");
}

// Revokes or grants what is in one list of rights and not in the other.
void append_rights_beyond(const DescribedRow &row, std::string_view these, std::string_view others, bool grant,
                          postgres::Array<Action> &actions) {
  for (std::size_t begin = 0; begin < these.size();) {
    const std::size_t end = Min(these.find('\n', begin), these.size());
    const std::string_view line = these.substr(begin, end - begin);
    if (!has_line(others, line)) {
      Action action = make_action(ActionKind::rights, row, right_statement(row, parse_right(line), grant));
      action.restores = true;
      actions.append(action);
    }
    begin = end + 1;
  }
}

} // namespace

void change_rights(const DescribedRow &row, std::string_view from, std::string_view to,
                   postgres::Array<Action> &actions) {
  if (is_null(row.extras[rights_on_extra]))
    return;
  append_rights_beyond(row, from, to, false, actions);
  append_rights_beyond(row, to, from, true, actions);
}

} // namespace pg_flux::snapshot
