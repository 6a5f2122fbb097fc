// The statements that make, drop and alter the objects of each system catalog: one table, in parts by subject.
#pragma once

#include "postgres/compat.h"
#include "snapshot/description.h"

namespace pg_flux::snapshot {

// A statement that gives some columns of an object their values back, read from the row before the change.
struct Alter {
  const char *columns;         // between spaces
  const char *sql;             // gives the statement, empty where there is none, NULL where another one does it
  const char *lost = nullptr;  // what it cannot bring back, so that it is left to a person
  const char *clear = nullptr; // SQL for a statement that first takes away the new values, read from the row after
  const char *apart = nullptr; // SQL: true where an object that is made again has other values, until it is altered
};

// One catalog. All SQL speaks of its row as r, of its object as o and i, and of its relation as k: see catalogs.h.
// Where drop or create gives NULL for a row, the statement of another object does it, or nothing can.
struct Statements {
  const char *name;
  const char *kind = nullptr;        // SQL for the words after ALTER
  const char *name_column = nullptr; // columns that RENAME, SET SCHEMA and OWNER TO change
  const char *schema_column = nullptr;
  const char *owner_column = nullptr;
  const char *owned = nullptr;          // SQL: true where the object has an owner of its own, not that of another
  const char *owner = nullptr;          // SQL for the OID of the owner where there is no such column
  const char *suffix = nullptr;         // SQL for what follows the name in ALTER
  const char *rename = nullptr;         // SQL for a RENAME of another form, with {current} and {name} for the names
  const char *quoted = nullptr;         // SQL for the name as that RENAME takes it
  const char *create = nullptr;         // SQL for the statement that makes what the row before the change describes
  const char *drop = nullptr;           // SQL for the statement that drops what the row after the change describes
  const char *default_rights = nullptr; // SQL for those without an owner, where there are some
  const char *rights_on = nullptr;      // SQL for what follows GRANT privileges; NULL where rights cannot be granted
  const char *rights_of = nullptr;      // SQL for what precedes GRANT
  const char *in_create = nullptr;      // SQL: true where the statement that makes the object's owner makes it too
  const char *lost = nullptr;           // SQL for what create cannot bring back, NULL where it brings back all
  const char *kept = nullptr;           // SQL for why a person has to drop it, NULL where drop does
  bool replaces = false;                // create also changes an object that is there
  const char *follows = "";             // columns that change with other rows, or with other columns
  const char *parents = nullptr;        // SQL for the OIDs of the relations from which a part is inherited
  Alter alters[11] = {};
};

// The texts of a row's statements, by their place among its extras.
enum Extra {
  create_extra,
  drop_extra,
  kind_extra,
  name_extra,
  schema_extra,
  schema_id_extra,
  suffix_extra,
  rename_extra,
  owner_extra,
  rights_on_extra,
  rights_of_extra,
  rights_extra,
  default_rights_extra,
  rights_kind_extra,  // the first argument of acldefault()
  rights_owner_extra, // whose rights those of the owner are
  in_create_extra,
  lost_extra,
  kept_extra,
  parents_extra,
  first_alter_extra // alter_extras for each of the alters
};

// The place of a text among those of an alter.
enum AlterExtra { set_extra, clear_extra, apart_extra, alter_extras };

// SQL for the rights in an array of aclitem: one in each line, its name, to whom it is granted, and whether that one
// may grant it on.
#define RIGHTS_LIST(rights)                                                                                            \
  "(SELECT string_agg(concat_ws(E'\\x1f', x.privilege_type, CASE x.grantee WHEN 0 THEN 'PUBLIC'"                       \
  " ELSE quote_ident(pg_get_userbyid(x.grantee)) END, x.is_grantable), E'\\n'"                                         \
  " ORDER BY x.grantee, x.is_grantable, x.privilege_type) FROM (SELECT grantee, privilege_type,"                       \
  " bool_or(is_grantable) FROM aclexplode(" rights ") GROUP BY 1, 2) x(grantee, privilege_type, is_grantable))"

// The parts of the table, each ended by an entry without a name.
extern const Statements relation_statements[];
extern const Statements routine_statements[];
extern const Statements type_statements[];
extern const Statements database_statements[];

// The entry of a catalog, or one without anything. Raises nothing.
const Statements &find_statements(const char *catalog);

// What to read beside the columns of the catalog's rows, in the order of Extra, in the current memory context.
// PostgreSQL errors may leave it.
Extras statement_extras(const char *catalog);

} // namespace pg_flux::snapshot
