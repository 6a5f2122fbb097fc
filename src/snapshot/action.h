// One step back to what the catalog was before a subtransaction.
#pragma once

#include <string_view>

#include "postgres/compat.h"
#include "snapshot/matched.h"

namespace pg_flux::snapshot {

// In the order in which actions stand where nothing else decides.
enum class ActionKind { drop, clear, rename, create, alter, owner, rights, comment };

// One or more statements about one object, or what only a person can do.
struct Action {
  ActionKind kind;
  ObjectAddress object;
  Oid relation;          // to which the object belongs
  Oid schema;            // in which it is
  bool removes;          // takes away what the change brought: before that loses what it uses
  bool restores;         // brings back what was there: after what that uses
  std::string_view text; // without a last semicolon; no data where there is no statement
  std::string_view lost; // why it is left to a person; no data where it is not
  bool waits;            // it is left to a person because what it needs is
  std::string_view name_taken;
  std::string_view name_freed;
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

// Names the object within its schema or relation, the same before and after those are renamed.
std::string_view name_key(const MatchedRow &row, const DescribedRow &described);

// PostgreSQL errors may leave all of these.

} // namespace pg_flux::snapshot
