// verify, generate, generate_down.

#include "api/settings.h"
#include "postgres/arguments.h"
#include "postgres/entry.h"
#include "postgres/rows.h"
#include "postgres/strings.h"
#include "run/change.h"
#include "run/generation.h"
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

static bool combined_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index))
    return api::combined_format();
  const std::string_view format = postgres::text_argument(fcinfo, index, "format");
  if (format != "separate" && format != "combined")
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("argument \"format\" must be \"separate\" or \"combined\", not \"%s\"",
                           postgres::c_string(format))));
  return format == "combined";
}

PG_FLUX_FUNCTION(pg_flux_generate) {
  const run::Order order{postgres::text_argument(fcinfo, 0, "label"), postgres::text_argument(fcinfo, 1, "up"),
                         combined_argument(fcinfo, 2),
                         PG_ARGISNULL(3) ? api::generates_undo() : postgres::bool_argument(fcinfo, 3, "generate_undo"),
                         postgres::bool_argument(fcinfo, 4, "dry_run")};
  postgres::begin_rows(fcinfo);
  const postgres::Extension extension = run::begin_change("pg_flux.generate()");
  for (const run::GeneratedFile &file : run::generate(extension, order))
    postgres::append_row(fcinfo, {text_column(file.filename), text_column(file.body)});
  return 0;
}

PG_FLUX_FUNCTION(pg_flux_generate_down) {
  const std::string_view filename = postgres::text_argument(fcinfo, 0, "filename");
  const bool store = postgres::bool_argument(fcinfo, 1, "store");
  const postgres::Extension extension = run::begin_change("pg_flux.generate_down()");
  return postgres::text_datum(run::generate_down(extension, filename, store));
}
