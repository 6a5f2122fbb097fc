#include "run/partial.h"

#include "postgres/query.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"

namespace pg_flux::run {

namespace {

using catalog::Partial;
using format::Direction;
using postgres::Extension;

bool read_partial(const Extension &extension, Partial &partial) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const bool found = catalog::find_partial(own.caller_memory, partial);
  postgres::end_own_queries(own);
  return found;
}

} // namespace

void refuse_half_done(const Partial &partial) {
  const bool up = partial.direction == Direction::up;
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_PARTIAL),
                  errmsg("migration \"%s\" is partly %s", postgres::c_string(partial.filename),
                         up ? "applied" : "rolled back"),
                  errdetail("pg_flux.progress() shows how far it got."),
                  up ? errhint("CALL pg_flux.apply_each() goes on with it; CALL pg_flux.rollback_each(resume => "
                               "'restart') runs its Down.")
                     : errhint("CALL pg_flux.rollback_each() goes on with it.")));
  pg_unreachable();
}

void refuse_partial(const Extension &extension, Direction direction) {
  Partial partial;
  if (read_partial(extension, partial) && partial.direction != direction)
    refuse_half_done(partial);
}

void refuse_nothing_partial(const Extension &extension) {
  Partial partial;
  if (!read_partial(extension, partial))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("there is nothing to resume"),
                    errdetail("No migration is half done."), errhint("Call without the argument \"resume\".")));
}

void refuse_partial(std::string_view filename) {
  Partial partial;
  if (catalog::find_partial(CurrentMemoryContext, partial) && partial.filename == filename)
    refuse_half_done(partial);
}

} // namespace pg_flux::run
