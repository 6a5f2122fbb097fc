// baseline, unbaseline.

#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/rows.h"
#include "postgres/strings.h"
#include "run/baseline.h"
#include "run/change.h"

using namespace pg_flux;

PG_FLUX_FUNCTION(pg_flux_baseline) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.baseline()");
  const postgres::Array<std::string_view> marked = run::baseline(extension, filename);
  if (marked.empty())
    ereport(NOTICE, (errmsg("no pending migrations up to \"%s\"", postgres::c_string(filename))));
  for (const std::string_view name : marked)
    postgres::append_row(fcinfo, {postgres::text_column(name), postgres::text_column("baselined")});
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_unbaseline) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  const postgres::Extension extension = run::begin_change("pg_flux.unbaseline()");
  run::unbaseline(extension, filename);
  return postgres::text_datum("pending");
}
