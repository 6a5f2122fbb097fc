#include "run/change.h"

#include "catalog/state.h"
#include "postgres/query.h"
#include "run/protection.h"

extern "C" {
#include "catalog/pg_extension.h"
#include "storage/lmgr.h"
#include "utils/inval.h"
}

namespace pg_flux::run {

namespace {

// An object lock on the extension itself: a lock on a table would stand in the way of a database-wide VACUUM, and an
// advisory lock of a session would outlive an error.
LOCKTAG lock_tag(const postgres::Extension &extension) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension.oid, 0);
  return tag;
}

void lock_changes(const postgres::Extension &extension) {
  const LOCKTAG tag = lock_tag(extension);
  if (postgres::try_lock(&tag, ExclusiveLock, false) == LOCKACQUIRE_NOT_AVAIL) {
    ereport(NOTICE, (errmsg("waiting for another session that uses pg_flux in this database")));
    (void)LockAcquire(&tag, ExclusiveLock, false, false);
  }
  // The holder may have changed the extension, or dropped it.
  AcceptInvalidationMessages();
}

} // namespace

postgres::Extension begin_change(const char *function) {
  check_change_allowed(function);
  lock_changes(postgres::installed_extension());
  const postgres::Extension extension = postgres::installed_extension();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  catalog::count_change();
  postgres::end_own_queries(own);
  return extension;
}

} // namespace pg_flux::run
