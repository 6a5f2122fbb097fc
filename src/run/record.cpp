#include "run/record.h"

#include "catalog/applied.h"
#include "catalog/history.h"
#include "catalog/progress.h"
#include "postgres/strings.h"

namespace pg_flux::run {

void record(const catalog::Migration &migration, const Script &script, Oid role, int64 duration, bool partial) {
  const bool up = script.direction == format::Direction::up;
  if (partial)
    catalog::delete_progress(migration.filename);
  if (up)
    catalog::insert_applied(migration.filename, migration.checksum, false, role);
  else if (!catalog::delete_applied(migration.filename) && !partial) // a partly applied one has no tracking row
    elog(ERROR, "tracking row of migration \"%s\" is missing", postgres::c_string(migration.filename));
  catalog::insert_history({up ? "apply" : "rollback", migration.filename, script.text, role, duration});
}

} // namespace pg_flux::run
