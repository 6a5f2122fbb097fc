#include "run/baseline.h"

#include "catalog/applied.h"
#include "catalog/history.h"
#include "catalog/migration.h"
#include "postgres/query.h"
#include "postgres/strings.h"
#include "run/partial.h"
#include "run/registration.h"

namespace pg_flux::run {

namespace {

void mark(std::string_view filename, Oid role) {
  catalog::Migration migration;
  if (!catalog::find_migration(filename, CurrentMemoryContext, migration))
    refuse_unregistered(filename);
  catalog::insert_applied(filename, migration.checksum, true, role);
  catalog::insert_history({"baseline", filename, {}, role});
}

} // namespace

postgres::Array<std::string_view> baseline(const postgres::Extension &extension, std::string_view filename) {
  const Oid role = GetUserId();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::is_registered(filename))
    refuse_unregistered(filename);
  postgres::Array<std::string_view> marked = catalog::pending_migrations(0, filename, own.caller_memory);
  for (const std::string_view name : marked) {
    refuse_partial(name);
    mark(name, role);
  }
  postgres::end_own_queries(own);
  return marked;
}

void unbaseline(const postgres::Extension &extension, std::string_view filename) {
  const Oid role = GetUserId();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::is_registered(filename))
    refuse_unregistered(filename);
  catalog::Applied applied{};
  if (!catalog::find_applied(filename, CurrentMemoryContext, applied) || !applied.baseline)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" is not baselined", postgres::c_string(filename)),
                    applied.filename.data() != nullptr ? errhint("It was applied: roll it back.") : 0));
  catalog::delete_applied(filename);
  catalog::insert_history({"unbaseline", filename, {}, role});
  postgres::end_own_queries(own);
}

} // namespace pg_flux::run
