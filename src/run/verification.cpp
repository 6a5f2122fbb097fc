#include "run/verification.h"

#include "catalog/applied.h"
#include "catalog/migration.h"
#include "postgres/query.h"
#include "postgres/strings.h"
#include "run/partial.h"
#include "run/registration.h"
#include "run/rights.h"
#include "run/trial.h"

namespace pg_flux::run {

namespace {

using postgres::Array;
using postgres::c_string;
using snapshot::Difference;

snapshot::Extras no_extras(const char *) { return {}; }

catalog::Migration read_migration(const postgres::Extension &extension, std::string_view filename, bool &applied) {
  catalog::Migration migration{};
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::find_migration(filename, own.caller_memory, migration))
    refuse_unregistered(filename);
  catalog::Applied tracking{};
  applied = catalog::find_applied(filename, own.caller_memory, tracking);
  refuse_partial(filename);
  postgres::end_own_queries(own);
  return migration;
}

} // namespace

Array<Difference> verify_scripts(const postgres::Extension &extension, std::string_view filename, const Script &first,
                                 const Script &second, bool strict) {
  Array<const Script *> scripts;
  scripts.append(&first);
  scripts.append(&second);
  const Trial trial = try_scripts(extension, filename, scripts, {strict, no_extras});
  return trial.completed ? snapshot::find_differences(extension, trial.observation) : trial.failures;
}

Array<Difference> verify_migration(const postgres::Extension &extension, std::string_view filename, bool strict) {
  bool applied = false;
  const catalog::Migration migration = read_migration(extension, filename, applied);
  const Script up = read_script(migration, format::Direction::up);
  const Script down = read_script(migration, format::Direction::down);
  if (down.statements.empty())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" has no Down SQL", c_string(filename)),
                    errdetail("There is nothing that could undo its Up.")));
  check_registrar(extension, migration);
  return applied ? verify_scripts(extension, filename, down, up, strict)
                 : verify_scripts(extension, filename, up, down, strict);
}

} // namespace pg_flux::run
