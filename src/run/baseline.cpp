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

void mark(const postgres::Array<std::string_view> &filenames, Oid role) {
  const TimestampTz now = GetCurrentTimestamp();
  postgres::Array<catalog::NewApplied> rows;
  postgres::Array<catalog::HistoryEntry> entries;
  for (const std::string_view filename : filenames) {
    catalog::Migration migration;
    if (!catalog::find_migration(filename, CurrentMemoryContext, migration))
      refuse_unregistered(filename);
    rows.append({filename, migration.checksum, now});
    entries.append({filename, {}, -1, now});
  }
  catalog::insert_applied(rows, true, role);
  catalog::insert_history("baseline", role, entries);
}

} // namespace

postgres::Array<std::string_view> baseline(const postgres::Extension &extension, std::string_view filename) {
  const Oid role = GetUserId();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::is_registered(filename))
    refuse_unregistered(filename);
  postgres::Array<std::string_view> marked = catalog::pending_migrations(0, filename, own.caller_memory);
  for (const std::string_view name : marked)
    refuse_partial(name);
  if (!marked.empty())
    mark(marked, role);
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
  postgres::Array<std::string_view> filenames;
  filenames.append(filename);
  catalog::delete_applied(filenames);
  catalog::insert_history("unbaseline", role, filename, {});
  postgres::end_own_queries(own);
}

} // namespace pg_flux::run
