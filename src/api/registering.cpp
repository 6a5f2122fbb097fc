// register, unregister, load, repair.

#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/rows.h"
#include "postgres/strings.h"
#include "run/change.h"
#include "run/directory.h"
#include "run/registration.h"

using namespace pg_flux;
using postgres::text_argument;
using postgres::text_column;

static run::Submission submission_arguments(FunctionCallInfo fcinfo) {
  return {text_argument(fcinfo, 0, "filename"), text_argument(fcinfo, 1, "body"),
          PG_ARGISNULL(2) ? std::string_view{} : text_argument(fcinfo, 2, "undo")};
}

PG_FLUX_FUNCTION(pg_flux_register) {
  const run::Submission submission = submission_arguments(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.register()");
  return postgres::text_datum(run::register_migration(extension, submission));
}

PG_FLUX_FUNCTION(pg_flux_repair) {
  const run::Submission submission = submission_arguments(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.repair()");
  return postgres::text_datum(run::repair_migration(extension, submission));
}

PG_FLUX_FUNCTION(pg_flux_unregister) {
  const std::string_view filename = text_argument(fcinfo, 0, "filename");
  const postgres::Extension extension = run::begin_change("pg_flux.unregister()");
  run::unregister_migration(extension, filename);
  return postgres::text_datum("unregistered");
}

PG_FLUX_FUNCTION(pg_flux_load) {
  const char *directory = postgres::c_string(text_argument(fcinfo, 0, "directory"));
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.load()");
  const postgres::Array<std::string_view> files = run::migration_files(directory);
  if (files.empty())
    ereport(NOTICE, (errmsg("no migration files in directory \"%s\"", directory)));
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux file", ALLOCSET_DEFAULT_SIZES);
  for (const std::string_view file : files) {
    MemoryContext previous = MemoryContextSwitchTo(memory);
    const run::Submission submission = run::read_migration_file(directory, file);
    const char *outcome = run::register_migration(extension, submission);
    postgres::append_row(fcinfo, {text_column(submission.filename), text_column(outcome)});
    MemoryContextSwitchTo(previous);
    MemoryContextReset(memory);
  }
  return 0;
}
