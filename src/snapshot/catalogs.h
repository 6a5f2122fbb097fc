// What of each system catalog matters. Where nothing is said here, a column counts as what it prints, an OID as the
// identity of its object, a column number as the name of the column, and a row as the object with its OID: a catalog
// that a new major brings needs an entry only where that is not enough.
#pragma once

#include <string_view>

#include "postgres/compat.h"

namespace pg_flux::snapshot {

// How one column is read instead of as it is.
struct Value {
  const char *column;
  const char *sql;           // gives text
  bool parsed = false;       // it is an expression, or a query: another text may mean the same
  const char *raw = nullptr; // SQL for what is stored, where that is not the column
};

// A column of access rights, which are the same whatever their order, and whether or not the defaults are spelled out.
struct Rights {
  const char *column;
  const char *kind;  // SQL for the first argument of acldefault(); NULL where there are no default rights
  const char *owner; // the column with the owner
};

// SQL: true for a row of pg_type that is the row type of a table, view or the like.
#define IS_ROW_TYPE "EXISTS (SELECT FROM pg_class c WHERE c.oid = r.typrelid AND c.relkind <> 'c')"

// One catalog. All SQL speaks of its row as r, of the object it belongs to as o (class, id, part), and of what
// pg_identify_object() says of that as i (type, identity).
struct Catalog {
  const char *name;
  const char *object = nullptr;   // SQL for class, id, part: the object that the row describes, or is a part of
  const char *type = nullptr;     // SQL; NULL, also of a single row, for the object's own
  const char *identity = nullptr; // SQL: names it in the database; the same
  const char *relation = nullptr; // SQL for the OID of the relation it belongs to, of which its expressions speak
  const char *holder = nullptr;   // SQL for class, id: with whom it belongs to an extension; else relation, or object
  const char *skip = nullptr;     // SQL: true for rows that do not count
  const char *data = nullptr;     // SQL: true where a new object of the same name would not hold what the old one held
  const char *ignored = "";       // columns that do not count, between spaces
  bool hashed = true;             // it counts for the baseline hash
  const char *unhashed = "";      // columns that do not count for it, as a dump and restore changes them
  const char *unhashed_rows = nullptr;  // SQL: true for rows that do not, for the same reason
  const char *hashed_members = nullptr; // SQL: true for rows of an extension's members that do count for it
  Rights rights = {};
  Value values[9] = {};
};

// The entry of a catalog, or one without anything but its name. Raises nothing.
Catalog find_catalog(const char *name);

} // namespace pg_flux::snapshot
