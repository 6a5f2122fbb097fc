// apply_each, rollback_each, rollback_to_each: a transaction for each migration.

#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/strings.h"
#include "run/each.h"

using namespace pg_flux;

static run::Resume resume_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index))
    return run::Resume::look;
  const std::string_view resume = postgres::text_argument(fcinfo, index, "resume");
  if (resume == "retry")
    return run::Resume::retry;
  if (resume == "skip")
    return run::Resume::skip;
  if (resume == "restart")
    return run::Resume::restart;
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("argument \"resume\" must be \"retry\", \"skip\" or \"restart\", not \"%s\"",
                         postgres::c_string(resume))));
  pg_unreachable();
}

PG_FLUX_FUNCTION(pg_flux_apply_each) {
  run::run_each(fcinfo, {"pg_flux.apply_each",
                         format::Direction::up,
                         PG_ARGISNULL(0) ? 0 : postgres::count_argument(fcinfo, 0, "n"),
                         {},
                         postgres::bool_argument(fcinfo, 1, "dry_run"),
                         resume_argument(fcinfo, 3),
                         postgres::bool_argument(fcinfo, 2, "force")});
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_rollback_each) {
  run::run_each(fcinfo, {"pg_flux.rollback_each",
                         format::Direction::down,
                         postgres::count_argument(fcinfo, 0, "n"),
                         {},
                         postgres::bool_argument(fcinfo, 1, "dry_run"),
                         resume_argument(fcinfo, 2)});
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_rollback_to_each) {
  run::run_each(fcinfo,
                {"pg_flux.rollback_to_each", format::Direction::down, 0, postgres::text_argument(fcinfo, 0, "filename"),
                 postgres::bool_argument(fcinfo, 1, "dry_run"), resume_argument(fcinfo, 2)});
  return 0;
}
