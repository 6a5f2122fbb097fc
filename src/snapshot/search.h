// What is known while actions are looked for, and the actions that make and drop whole objects.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "snapshot/actions.h"
#include "snapshot/inheritance.h"
#include "snapshot/namesakes.h"
#include "snapshot/statements.h"

namespace pg_flux::snapshot {

// What is revoked on a table, and with that on its columns.
struct Revoked {
  Oid relation;
  std::string_view rights;
};

// The state of one search for actions.
struct Search {
  const ActionOptions &options;
  const postgres::Array<MatchedRow> &rows;
  postgres::Array<Action> actions;
  ObjectSet created;
  ObjectSet missing;
  ObjectSet missing_whole; // the same, but what merely depends on a member is no part of it
  ObjectSet lost;          // was there, is there again with other contents
  ObjectSet users;         // depends on what was created
  Inheritance inheritance;
  postgres::Array<ObjectAddress> replaced;
  postgres::Array<Revoked> revoked;
  ObjectSet gone;
};

inline const Statements &statements_of(const MatchedRow &row) { return find_statements(row.description->name); }

// True when words, between spaces, has word.
bool names_word(const char *words, std::string_view word);

// True for the row of a comment or a security label.
bool is_comment(const MatchedRow &row);

// True for what has no statement of its own, as another object's statement makes and drops it: triggers of constraints
// and those that partitions have from their parent, constraints of triggers, columns of indexes.
bool comes_with_another(const MatchedRow &row, const DescribedRow &described);

// The objects that depend on members of created, and those whose definitions these are.
ObjectSet find_users(const postgres::Array<Dependency> &dependencies, const ObjectSet &created);

// The rights that a change gave on tables that stay.
postgres::Array<Revoked> find_revoked(const postgres::Array<MatchedRow> &rows);

// Leaves the object of row to a person, with what is lost, and the statement that restores the rest, or without data.
void leave_to_a_person(Search &search, const DescribedRow &row, std::string_view lost, std::string_view text);

// Drops what a row after the change describes.
void drop(Search &search, const MatchedRow &row, const DescribedRow &after);

// Makes what a row before the change describes, with its owner, rights and settings. over: it is there, and the
// statement puts it in its old form.
void create(Search &search, const MatchedRow &row, const DescribedRow &before, bool over);

// The rights and settings of what comes with another object that is made again.
void restore_rest(Search &search, const MatchedRow &row, const DescribedRow &before);

// Drops the object of a changed row and makes it again, unless what holds data depends on it.
void replace(Search &search, const MatchedRow &row);

// PostgreSQL errors may leave all of these but the first three.

} // namespace pg_flux::snapshot
