#include "run/change.h"

#include "catalog/state.h"
#include "postgres/query.h"
#include "run/protection.h"

extern "C" {
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/inval.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::run {

namespace {

using postgres::Extension;

// Which of the two locks: every change holds the first; a background worker, while it lives, holds the second.
enum class Part : uint16 { change = 0, worker = 1 };

// Object locks on the extension itself: a lock on a table would stand in the way of a database-wide VACUUM, and an
// advisory lock of a session would outlive an error.
LOCKTAG lock_tag(const Extension &extension, Part part) {
  LOCKTAG tag;
  SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId, extension.oid, static_cast<uint16>(part));
  return tag;
}

void announce_wait(bool &announced) {
  if (!announced)
    ereport(NOTICE, (errmsg("waiting for another session that uses pg_flux in this database")));
  announced = true;
}

// True when a background worker of the session that holds our lock waits, directly or not, for this transaction to end,
// as CREATE INDEX CONCURRENTLY does: neither would ever go on, and the deadlock detector cannot see it.
bool worker_waits_for_us(const Extension &extension) {
  static postgres::Query query{
      "WITH RECURSIVE waited_for(pid) AS ("
      "  SELECT pid FROM pg_locks WHERE locktype = 'object' AND classid = 'pg_extension'::regclass AND objid = $1"
      "   AND objsubid = 1 AND granted"
      "   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
      "  UNION SELECT unnest(pg_blocking_pids(pid)) FROM waited_for)"
      " SELECT FROM waited_for WHERE pid = pg_backend_pid()",
      1,
      {OIDOID}};
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const bool waits = postgres::run(query, {{ObjectIdGetDatum(extension.oid)}}, 1) > 0;
  postgres::end_own_queries(own);
  return waits;
}

// Waits for the lock, but for milliseconds at most; false when they are over. The lock is the transaction's then.
bool wait_for_lock(const LOCKTAG &tag, int milliseconds) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  const int timeout_before = LockTimeout;
  volatile bool acquired = false;
  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    LockTimeout = milliseconds;
    (void)LockAcquire(&tag, ExclusiveLock, false, false);
    LockTimeout = timeout_before;
    ReleaseCurrentSubTransaction();
    acquired = true;
  }
  PG_CATCH();
  {
    LockTimeout = timeout_before;
    MemoryContextSwitchTo(memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
    if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
      ReThrowError(error);
  }
  PG_END_TRY();
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
  return acquired;
}

void refuse_deadlock() {
  ereport(ERROR, (errcode(ERRCODE_T_R_DEADLOCK_DETECTED), errmsg("deadlock with a background worker of pg_flux"),
                  errdetail("The worker of another session waits for this transaction to end, and this one for that "
                            "session."),
                  errhint("Call again when the other session is done, or use the procedure, which waits without a "
                          "transaction.")));
}

// Waits in slices: the transaction, which cannot end before the lock is there, may be what the holder waits for.
void wait_inside_transaction(const Extension &extension, const LOCKTAG &tag) {
  // Long enough for the deadlock detector to have its turn in each.
  const int slice = DeadlockTimeout + 1000;
  int remaining = LockTimeout;
  for (;;) {
    const bool last = LockTimeout > 0 && remaining <= slice;
    if (wait_for_lock(tag, last ? remaining : slice))
      return;
    if (last)
      ereport(ERROR, (errcode(ERRCODE_LOCK_NOT_AVAILABLE), errmsg("canceling statement due to lock timeout"),
                      errdetail("Another session uses pg_flux in this database.")));
    remaining -= slice;
    if (worker_waits_for_us(extension))
      refuse_deadlock();
  }
}

// announced: the user knows already that we wait.
void lock_in_transaction(const Extension &extension, Part part, bool &announced) {
  const LOCKTAG tag = lock_tag(extension, part);
  if (postgres::try_lock(&tag, ExclusiveLock, false) != LOCKACQUIRE_NOT_AVAIL)
    return;
  announce_wait(announced);
  wait_inside_transaction(extension, tag);
}

void lock_in_session(const Extension &extension, Part part, bool &announced) {
  const LOCKTAG tag = lock_tag(extension, part);
  if (postgres::try_lock(&tag, ExclusiveLock, true) != LOCKACQUIRE_NOT_AVAIL)
    return;
  announce_wait(announced);
  (void)LockAcquire(&tag, ExclusiveLock, true, false);
}

void unlock_in_session(const Extension &extension, Part part) {
  const LOCKTAG tag = lock_tag(extension, part);
  (void)LockRelease(&tag, ExclusiveLock, true);
}

} // namespace

Extension begin_change(const char *function) {
  check_change_allowed(function);
  bool announced = false;
  Extension extension = postgres::installed_extension();
  for (;;) {
    lock_in_transaction(extension, Part::change, announced);
    lock_in_transaction(extension, Part::worker, announced);
    // While we waited the extension may have been dropped, and made again.
    AcceptInvalidationMessages();
    const Extension locked = extension;
    extension = postgres::installed_extension();
    if (extension.oid == locked.oid)
      break;
  }
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  catalog::count_change(extension);
  postgres::end_own_queries(own);
  return extension;
}

Extension begin_session_change(const char *function) {
  check_change_allowed(function);
  bool announced = false;
  for (;;) {
    const Extension extension = postgres::installed_extension();
    InvalidateCatalogSnapshot();
    lock_in_session(extension, Part::change, announced);
    lock_in_session(extension, Part::worker, announced);
    // Our own worker will want it.
    unlock_in_session(extension, Part::worker);
    AcceptInvalidationMessages();
    const Extension present = postgres::installed_extension();
    if (present.oid == extension.oid)
      return present;
    unlock_in_session(extension, Part::change);
  }
}

void end_session_change(const Extension &extension) { unlock_in_session(extension, Part::change); }

bool waits_for_changes(const Extension &extension, int process) {
  const LOCKTAG tag = lock_tag(extension, Part::change);
  const BlockedProcsData *blocked = GetBlockerStatusData(process);
  for (int index = 0; index < blocked->nlocks; index++) {
    const LockInstanceData &lock = blocked->locks[index];
    if (lock.pid == process && lock.waitLockMode != NoLock && memcmp(&lock.locktag, &tag, sizeof tag) == 0)
      return true;
  }
  return false;
}

void lock_as_worker(const Extension &extension) {
  // A lock of the session stays behind when its process ends outside of a transaction.
  before_shmem_exit(
      [](int, Datum oid) {
        const Extension ours{DatumGetObjectId(oid), InvalidOid};
        const LOCKTAG tag = lock_tag(ours, Part::worker);
        if (postgres::holds_lock(&tag, ExclusiveLock))
          unlock_in_session(ours, Part::worker);
      },
      ObjectIdGetDatum(extension.oid));
  bool announced = true;
  lock_in_session(extension, Part::worker, announced);
}

} // namespace pg_flux::run
