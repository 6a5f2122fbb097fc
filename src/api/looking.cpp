// status, progress, plan.

#include "catalog/migration.h"
#include "catalog/progress.h"
#include "catalog/status.h"
#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/extension.h"
#include "postgres/query.h"
#include "postgres/rows.h"
#include "postgres/strings.h"
#include "run/partial.h"
#include "run/plan.h"
#include "run/registration.h"

using namespace pg_flux;
using postgres::bool_column;
using postgres::int_column;
using postgres::null_column;
using postgres::text_column;

PG_FLUX_FUNCTION(pg_flux_status) {
  postgres::begin_rows(fcinfo);
  const postgres::OwnQueries own = postgres::begin_own_queries(postgres::installed_extension());
  catalog::send_status(postgres::rows_receiver(fcinfo));
  postgres::end_own_queries(own);
  return 0;
}

static void append_progress(void *fcinfo, int number, int line, std::string_view statement, std::string_view state,
                            std::string_view error) {
  postgres::append_row(
      static_cast<FunctionCallInfo>(fcinfo),
      {int_column(number), int_column(line), text_column(statement), text_column(state), text_column(error)});
}

PG_FLUX_FUNCTION(pg_flux_progress) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  postgres::begin_rows(fcinfo);
  const postgres::OwnQueries own = postgres::begin_own_queries(postgres::installed_extension());
  if (!catalog::is_registered(filename))
    run::refuse_unregistered(filename);
  catalog::visit_progress(filename, append_progress, fcinfo);
  postgres::end_own_queries(own);
  return 0;
}

static format::Direction direction_argument(FunctionCallInfo fcinfo, int index) {
  const std::string_view direction = postgres::text_argument(fcinfo, index, "direction");
  if (direction == "down")
    return format::Direction::down;
  if (direction == "up")
    return format::Direction::up;
  ereport(ERROR,
          (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
           errmsg("argument \"direction\" must be \"up\" or \"down\", not \"%s\"", postgres::c_string(direction))));
  pg_unreachable();
}

static void append_statements(FunctionCallInfo fcinfo, const run::PlannedMigration &planned) {
  const postgres::Column filename = text_column(planned.migration.filename);
  if (planned.skipped != nullptr)
    postgres::append_row(fcinfo, {filename, null_column, null_column, null_column, null_column});
  for (const run::Statement &statement : planned.script.statements) {
    // What is done of a half done migration is not run again.
    if (!planned.progress.empty() && planned.progress[statement.number - 1].done)
      continue;
    postgres::append_row(fcinfo,
                         {filename, int_column(statement.number), int_column(static_cast<int32>(statement.line)),
                          bool_column(run::needs_autocommit(statement)), text_column(statement.text)});
  }
}

PG_FLUX_FUNCTION(pg_flux_plan) {
  const format::Direction direction = direction_argument(fcinfo, 1);
  const bool up = direction == format::Direction::up;
  const int count = up && PG_ARGISNULL(0) ? 0 : postgres::count_argument(fcinfo, 0, "n");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = postgres::installed_extension();
  // Nothing is applied while a migration is partly rolled back.
  if (up)
    run::refuse_partial(extension, direction);
  const run::Plan plan = up ? run::plan_apply(extension, count) : run::plan_rollback(extension, count);
  for (const run::PlannedMigration &planned : plan.migrations)
    append_statements(fcinfo, planned);
  return 0;
}
