// apply, rollback, rollback_to: in the caller's transaction.

#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/extension.h"
#include "postgres/rows.h"
#include "run/change.h"
#include "run/plan.h"
#include "run/run.h"

using namespace pg_flux;

// A dry run changes nothing: it takes no lock and works on a standby.
static postgres::Extension begin_run(bool dry_run, const char *function) {
  return dry_run ? postgres::installed_extension() : run::begin_change(function);
}

PG_FLUX_FUNCTION(pg_flux_apply) {
  const int count = PG_ARGISNULL(0) ? 0 : postgres::count_argument(fcinfo, 0, "n");
  const bool dry_run = postgres::bool_argument(fcinfo, 1, "dry_run");
  const bool force = postgres::bool_argument(fcinfo, 2, "force");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = begin_run(dry_run, "pg_flux.apply()");
  run::Plan plan = run::plan_apply(extension, count);
  plan.force = force;
  run::run_plan(extension, plan, dry_run, fcinfo);
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_rollback) {
  const int count = postgres::count_argument(fcinfo, 0, "n");
  const bool dry_run = postgres::bool_argument(fcinfo, 1, "dry_run");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = begin_run(dry_run, "pg_flux.rollback()");
  run::Plan plan = run::plan_rollback(extension, count);
  run::run_plan(extension, plan, dry_run, fcinfo);
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_rollback_to) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  const bool dry_run = postgres::bool_argument(fcinfo, 1, "dry_run");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = begin_run(dry_run, "pg_flux.rollback_to()");
  run::Plan plan = run::plan_rollback_to(extension, filename);
  run::run_plan(extension, plan, dry_run, fcinfo);
  return 0;
}
