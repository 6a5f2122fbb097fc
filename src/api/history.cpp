// prune_history.

#include "catalog/history.h"
#include "postgres/entry.h"
#include "postgres/query.h"
#include "run/change.h"

using namespace pg_flux;

PG_FLUX_FUNCTION(pg_flux_prune_history) {
  if (PG_ARGISNULL(0))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"before\" must not be null")));
  const Oid role = GetUserId();
  const postgres::Extension extension = run::begin_change("pg_flux.prune_history()");
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const int64 deleted = catalog::prune_history(PG_GETARG_TIMESTAMPTZ(0), role);
  postgres::end_own_queries(own);
  return Int64GetDatum(deleted);
}
