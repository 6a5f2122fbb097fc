// Privileges as they were.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "snapshot/action.h"

namespace pg_flux::snapshot {

// Appends the REVOKEs and GRANTs that lead from one list of rights (as in Extra) to another. row says on what, with the
// names of the state before; or, with kind clear, with those of the state after. PostgreSQL errors may leave it.
void change_rights(const DescribedRow &row, std::string_view from, std::string_view to,
                   postgres::Array<Action> &actions, ActionKind kind = ActionKind::rights);

// The role that will run the statements.
struct Caller {
  Oid role;
  std::string_view name; // quoted
};

// What is granted on the object of row, in the state before, once caller has created it and given it to its owner: what
// the default privileges of caller say. PostgreSQL errors may leave it.
std::string_view created_rights(const DescribedRow &row, const Caller &caller);

// rights without those that are in others too, grantable or not. PostgreSQL errors may leave it.
std::string_view without_rights(std::string_view rights, std::string_view others);

// rights with what one role has given to another; both quoted, or without data. PostgreSQL errors may leave it.
std::string_view with_grantee(std::string_view rights, std::string_view from, std::string_view to);

} // namespace pg_flux::snapshot
