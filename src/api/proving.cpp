// verify.

#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/rows.h"
#include "run/change.h"
#include "run/verification.h"

using namespace pg_flux;
using postgres::text_column;

PG_FLUX_FUNCTION(pg_flux_verify) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  const bool strict = postgres::bool_argument(fcinfo, 1, "strict");
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.verify()");
  for (const snapshot::Difference &difference : run::verify_migration(extension, filename, strict))
    postgres::append_row(fcinfo,
                         {text_column(difference.type), text_column(difference.object), text_column(difference.change),
                          text_column(difference.expected), text_column(difference.actual)});
  return 0;
}
