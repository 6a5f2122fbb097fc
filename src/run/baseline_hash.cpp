#include "run/baseline_hash.h"

#include "format/ascii.h"
#include "format/header.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "snapshot/hash.h"

namespace pg_flux::run {

using postgres::c_string;

void check_baseline_hash(const postgres::Extension &extension, const Plan &plan) {
  if (plan.direction != format::Direction::up || plan.migrations.empty() || plan.migrations[0].partial)
    return;
  const catalog::Migration &migration = plan.migrations[0].migration;
  const std::string_view expected = format::baseline_hash(migration.body);
  if (expected.empty())
    return;
  const std::string_view actual = snapshot::catalog_hash(extension);
  if (format::equal_ignoring_case(expected, actual))
    return;
  ereport(plan.force ? WARNING : ERROR,
          (errcode(ERRCODE_PG_FLUX_BASELINE_MISMATCH),
           errmsg("migration \"%s\" was written against another catalog than that of this database",
                  c_string(migration.filename)),
           errdetail("Its baseline hash is %s, that of the database is %s.", c_string(expected), c_string(actual)),
           plan.force
               ? 0
               : errhint("Check what differs, then generate the migration again, or go on with force => true.")));
}

} // namespace pg_flux::run
