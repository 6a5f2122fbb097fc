// PostgreSQL's headers for C++, and the one place where its major versions differ.
#pragma once

extern "C" {
#include "postgres.h"

#include "access/genam.h"
#include "access/xact.h"
#include "executor/executor.h"
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
#include "utils/pgstat_internal.h"
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#include "varatt.h"
#endif
}

#if PG_VERSION_NUM < 150000
#error "pg_flux needs PostgreSQL 15 or newer"
#endif

// SQL: whether the catalog knows which NOT NULL is inherited; 18 made constraints of them.
#if PG_VERSION_NUM >= 180000
#define PG_FLUX_NOT_NULL_IS_INHERITED "true"
#else
#define PG_FLUX_NOT_NULL_IS_INHERITED "false"
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

// A CLUSTER, which 19 made a form of its REPACK.
struct Rewrite {
  bool found;         // whether the statement is one of the two; else nothing is set
  bool repack;        // it says REPACK
  RangeVar *relation; // NULL where every table is meant
  List *options;
};

// Raises nothing.
inline Rewrite as_rewrite(Node *statement) {
#if PG_VERSION_NUM >= 190000
  if (!IsA(statement, RepackStmt))
    return {};
  auto *repack = reinterpret_cast<RepackStmt *>(statement);
  return {true, repack->command == REPACK_COMMAND_REPACK,
          repack->relation != nullptr ? repack->relation->relation : nullptr, repack->params};
#else
  if (!IsA(statement, ClusterStmt))
    return {};
  auto *cluster = reinterpret_cast<ClusterStmt *>(statement);
  return {true, false, cluster->relation, cluster->params};
#endif
}

// ALTER SUBSCRIPTION ... REFRESH PUBLICATION; 19 can refresh sequences too.
#if PG_VERSION_NUM >= 190000
inline constexpr AlterSubscriptionType refresh_publication = ALTER_SUBSCRIPTION_REFRESH_PUBLICATION;
#else
inline constexpr AlterSubscriptionType refresh_publication = ALTER_SUBSCRIPTION_REFRESH;
#endif

// Whether standard_conforming_strings is on; from 19 on it cannot be switched off. Raises nothing.
inline bool strings_are_standard() {
#if PG_VERSION_NUM >= 190000
  return true;
#else
  return standard_conforming_strings;
#endif
}

// The number of this backend's current transaction, which changes when a statement commits by itself. Raises nothing.
inline LocalTransactionId local_transaction() {
#if PG_VERSION_NUM >= 170000
  return MyProc->vxid.lxid;
#else
  return MyProc->lxid;
#endif
}

// The relation that a table's counters belong to. Raises nothing.
inline Oid relation_of(const PgStat_TableXactStatus *table) {
#if PG_VERSION_NUM >= 160000
  return table->parent->id;
#else
  return table->parent->t_id;
#endif
}

// index_beginscan without order-by keys; 18 added a parameter for instrumentation, 19 one for flags. PostgreSQL errors
// may leave it.
inline IndexScanDesc begin_index_scan(Relation table, Relation index, Snapshot snapshot, int key_count) {
#if PG_VERSION_NUM >= 190000
  return index_beginscan(table, index, snapshot, nullptr, key_count, 0, 0);
#elif PG_VERSION_NUM >= 180000
  return index_beginscan(table, index, snapshot, nullptr, key_count, 0);
#else
  return index_beginscan(table, index, snapshot, key_count, 0);
#endif
}

// Makes entry the whole range table of executor; 16 added a parameter for permissions, 18 one for pruning. PostgreSQL
// errors may leave it.
inline void init_range_table(EState *executor, RangeTblEntry *entry) {
#if PG_VERSION_NUM >= 180000
  List *permissions = NIL;
  addRTEPermissionInfo(&permissions, entry);
  ExecInitRangeTable(executor, list_make1(entry), permissions, bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
  List *permissions = NIL;
  addRTEPermissionInfo(&permissions, entry);
  ExecInitRangeTable(executor, list_make1(entry), permissions);
#else
  ExecInitRangeTable(executor, list_make1(entry));
#endif
}

// Prepares recheck for a row of which no plan has to be run again; 16 added a parameter. PostgreSQL errors may leave
// it.
inline void init_recheck(EPQState *recheck, EState *executor) {
#if PG_VERSION_NUM >= 160000
  EvalPlanQualInit(recheck, executor, nullptr, NIL, -1, NIL);
#else
  EvalPlanQualInit(recheck, executor, nullptr, NIL, -1);
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
