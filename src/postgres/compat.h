// PostgreSQL's headers for C++, and the one place where its major versions differ.
#pragma once

extern "C" {
#include "postgres.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "pg_flux needs PostgreSQL 15 or newer"
#endif

namespace pg_flux::postgres {

// LockAcquireExtended without waiting; 18 added a parameter for logging the failure. PostgreSQL errors may leave it.
inline LockAcquireResult try_lock(const LOCKTAG *tag, LOCKMODE mode, bool session_lock) {
#if PG_VERSION_NUM >= 180000
  return LockAcquireExtended(tag, mode, session_lock, true, true, nullptr, false);
#else
  return LockAcquireExtended(tag, mode, session_lock, true, true, nullptr);
#endif
}

// Whether this backend holds the lock, in that very mode; 17 added a parameter for stronger modes. Raises nothing.
inline bool holds_lock(const LOCKTAG *tag, LOCKMODE mode) {
#if PG_VERSION_NUM >= 170000
  return LockHeldByMe(tag, mode, false);
#else
  return LockHeldByMe(tag, mode);
#endif
}

// CLUSTER of everything, which 19 made a form of REPACK: true when statement is that one and names no table, and
// *relation is the table where it names one (NULL for other statements). Raises nothing.
inline bool is_cluster_statement(Node *statement, RangeVar **relation) {
  *relation = nullptr;
#if PG_VERSION_NUM >= 190000
  if (!IsA(statement, RepackStmt))
    return false;
  auto *repack = reinterpret_cast<RepackStmt *>(statement);
  *relation = repack->relation != nullptr ? repack->relation->relation : nullptr;
#else
  if (!IsA(statement, ClusterStmt))
    return false;
  *relation = reinterpret_cast<ClusterStmt *>(statement)->relation;
#endif
  return *relation == nullptr;
}

// The number of this backend's current transaction, which changes when a statement commits by itself. Raises nothing.
inline LocalTransactionId local_transaction() {
#if PG_VERSION_NUM >= 170000
  return MyProc->vxid.lxid;
#else
  return MyProc->lxid;
#endif
}

// Runs portal to its end as a top-level statement; 18 dropped a parameter. PostgreSQL errors may leave it.
inline void run_portal(Portal portal) {
#if PG_VERSION_NUM >= 180000
  (void)PortalRun(portal, FETCH_ALL, true, None_Receiver, None_Receiver, nullptr);
#else
  (void)PortalRun(portal, FETCH_ALL, true, true, None_Receiver, None_Receiver, nullptr);
#endif
}

} // namespace pg_flux::postgres
