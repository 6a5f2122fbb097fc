// One step back to what the catalog was before a subtransaction.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "snapshot/matched.h"

namespace pg_flux::snapshot {

// In the order in which actions stand where nothing else decides. part and join: a table from and with its parent; own:
// a sequence by a column.
enum class ActionKind { part, drop, clear, rename, create, alter, join, owner, own, rights, comment, drop_role };

// One or more statements about one object, or what only a person can do.
struct Action {
  ActionKind kind;
  ObjectAddress object;
  Oid relation;                 // to which the object belongs
  Oid schema;                   // in which it is
  postgres::Array<Oid> parents; // the relations from which it is inherited
  bool removes;                 // takes away what the change brought: before that loses what it uses
  bool restores;                // brings back what was there: after what that uses
  std::string_view text;        // without a last semicolon; no data where there is no statement
  std::string_view lost;        // why it is left to a person; no data where it is not
  bool of_part;                 // about a part that has no address of its own, as the label of an enum
  bool waits;                   // it is left to a person because what it needs is
  postgres::Array<std::string_view> names_taken;
  postgres::Array<std::string_view> names_freed;
  std::string_view away;    // of a rename: the text that gives a temporary name
  std::string_view back;    // of one that only moves: what gives the name back to what was renamed away
  std::string_view current; // of a rename: what the text calls {current}, and {name}
  std::string_view name;
};

inline bool is_null(std::string_view text) { return text.data() == nullptr; }

// psprintf() as a view.
std::string_view format(const char *pattern, ...) __attribute__((format(printf, 1, 2)));

// An action about the object of row, which has the extras of statement_extras().
Action make_action(ActionKind kind, const DescribedRow &row, std::string_view text);

// The object of described as ALTER has it, with name for its own.
std::string_view altered_name(const DescribedRow &described, std::string_view schema, const char *name);

// ALTER … OWNER TO owner; no data where that has none, or where the object is not altered alone.
std::string_view owner_text(const DescribedRow &before, std::string_view owner);

// The names that the object has within its schema or relation, the same before and after those are renamed: a
// constraint may have an index of its name.
postgres::Array<std::string_view> name_keys(const MatchedRow &row, const DescribedRow &described);

// PostgreSQL errors may leave all of these.

} // namespace pg_flux::snapshot
