#include "run/autocommit.h"

#include "postgres/relation.h"

extern "C" {
#include "catalog/pg_class.h"
#include "catalog/pg_subscription.h"
#include "commands/defrem.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
}

namespace pg_flux::run {

namespace {

template <typename Statement> Statement *as(Node *statement) { return reinterpret_cast<Statement *>(statement); }

bool names_missing_relation(const RangeVar *name) {
  return name != nullptr && !OidIsValid(postgres::find_relation(name));
}

bool names_partitioned_relation(const RangeVar *name) {
  if (name == nullptr || names_missing_relation(name))
    return false;
  const Oid relation = postgres::find_relation(name);
  const char kind = get_rel_relkind(relation);
  return kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX;
}

DefElem *find_option(List *options, const char *name) {
  ListCell *cell;
  foreach (cell, options) {
    auto *option = static_cast<DefElem *>(lfirst(cell));
    if (strcmp(option->defname, name) == 0)
      return option;
  }
  return nullptr;
}

bool boolean_option(List *options, const char *name, bool otherwise) {
  DefElem *option = find_option(options, name);
  return option != nullptr ? defGetBoolean(option) : otherwise;
}

const char *reindex_command(ReindexStmt *statement) {
  if (boolean_option(statement->params, "concurrently", false))
    return "REINDEX CONCURRENTLY";
  switch (statement->kind) {
  case REINDEX_OBJECT_SCHEMA:
    return "REINDEX SCHEMA";
  case REINDEX_OBJECT_SYSTEM:
    return "REINDEX SYSTEM";
  case REINDEX_OBJECT_DATABASE:
    return "REINDEX DATABASE";
  case REINDEX_OBJECT_INDEX:
    return names_partitioned_relation(statement->relation) ? "REINDEX INDEX of a partitioned index" : nullptr;
  case REINDEX_OBJECT_TABLE:
    return names_partitioned_relation(statement->relation) ? "REINDEX TABLE of a partitioned table" : nullptr;
  }
  return nullptr;
}

const char *rewrite_command(const postgres::Rewrite &rewrite) {
  if (rewrite.relation == nullptr)
    return rewrite.repack ? "REPACK" : "CLUSTER";
  if (boolean_option(rewrite.options, "concurrently", false))
    return "REPACK CONCURRENTLY";
  if (boolean_option(rewrite.options, "analyze", false))
    return "REPACK with ANALYZE";
  if (names_partitioned_relation(rewrite.relation))
    return rewrite.repack ? "REPACK of a partitioned table" : "CLUSTER of a partitioned table";
  return nullptr;
}

const char *alter_table_command(AlterTableStmt *statement) {
  ListCell *cell;
  foreach (cell, statement->cmds) {
    auto *command = static_cast<AlterTableCmd *>(lfirst(cell));
    if (command->subtype == AT_DetachPartition && as<PartitionCmd>(command->def)->concurrent)
      return "ALTER TABLE ... DETACH CONCURRENTLY";
  }
  return nullptr;
}

const char *alter_subscription_command(AlterSubscriptionStmt *statement) {
  switch (statement->kind) {
  case postgres::refresh_publication:
    return "ALTER SUBSCRIPTION ... REFRESH";
  case ALTER_SUBSCRIPTION_SET_PUBLICATION:
  case ALTER_SUBSCRIPTION_ADD_PUBLICATION:
  case ALTER_SUBSCRIPTION_DROP_PUBLICATION:
    return boolean_option(statement->options, "refresh", true) ? "ALTER SUBSCRIPTION with refresh" : nullptr;
  case ALTER_SUBSCRIPTION_OPTIONS:
    // Since 17 and 18 these two change the slot on the publisher.
    return find_option(statement->options, "failover") != nullptr ||
                   find_option(statement->options, "two_phase") != nullptr
               ? "ALTER SUBSCRIPTION ... SET of a slot option"
               : nullptr;
  default:
    return nullptr;
  }
}

bool subscription_has_slot(const char *name) {
  HeapTuple tuple = SearchSysCache2(SUBSCRIPTIONNAME, ObjectIdGetDatum(MyDatabaseId), CStringGetDatum(name));
  if (!HeapTupleIsValid(tuple))
    return false;
  bool no_slot = false;
  (void)SysCacheGetAttr(SUBSCRIPTIONNAME, tuple, Anum_pg_subscription_subslotname, &no_slot);
  ReleaseSysCache(tuple);
  return !no_slot;
}

bool sets_tablespace(AlterDatabaseStmt *statement) { return find_option(statement->options, "tablespace") != nullptr; }

} // namespace

const char *autocommit_command(Node *statement) {
  const postgres::Rewrite rewrite = postgres::as_rewrite(statement);
  if (rewrite.found)
    return rewrite_command(rewrite);

  switch (nodeTag(statement)) {
  case T_IndexStmt:
    return as<IndexStmt>(statement)->concurrent ? "CREATE INDEX CONCURRENTLY" : nullptr;
  case T_DropStmt:
    return as<DropStmt>(statement)->concurrent ? "DROP INDEX CONCURRENTLY" : nullptr;
  case T_ReindexStmt:
    return reindex_command(as<ReindexStmt>(statement));
  case T_VacuumStmt:
    return as<VacuumStmt>(statement)->is_vacuumcmd ? "VACUUM" : nullptr;
  case T_AlterTableStmt:
    return alter_table_command(as<AlterTableStmt>(statement));
  case T_AlterSystemStmt:
    return "ALTER SYSTEM";
  case T_DiscardStmt:
    return as<DiscardStmt>(statement)->target == DISCARD_ALL ? "DISCARD ALL" : nullptr;
  case T_CreatedbStmt:
    return "CREATE DATABASE";
  case T_DropdbStmt:
    return "DROP DATABASE";
  case T_AlterDatabaseStmt:
    return sets_tablespace(as<AlterDatabaseStmt>(statement)) ? "ALTER DATABASE SET TABLESPACE" : nullptr;
  case T_CreateTableSpaceStmt:
    return "CREATE TABLESPACE";
  case T_DropTableSpaceStmt:
    return "DROP TABLESPACE";
  case T_CreateSubscriptionStmt: {
    List *options = as<CreateSubscriptionStmt>(statement)->options;
    const bool connect = boolean_option(options, "connect", true);
    return boolean_option(options, "create_slot", connect) ? "CREATE SUBSCRIPTION with a slot" : nullptr;
  }
  case T_AlterSubscriptionStmt:
    return alter_subscription_command(as<AlterSubscriptionStmt>(statement));
  case T_DropSubscriptionStmt:
    return subscription_has_slot(as<DropSubscriptionStmt>(statement)->subname) ? "DROP SUBSCRIPTION with a slot"
                                                                               : nullptr;
  default:
    return nullptr;
  }
}

bool autocommit_is_unknown(Node *statement) {
  const postgres::Rewrite rewrite = postgres::as_rewrite(statement);
  if (rewrite.found)
    return names_missing_relation(rewrite.relation);
  if (IsA(statement, ReindexStmt))
    return names_missing_relation(as<ReindexStmt>(statement)->relation);
  // A subscription that is missing now may be made, with a slot, by a statement before this one.
  return IsA(statement, DropSubscriptionStmt) &&
         !SearchSysCacheExists2(SUBSCRIPTIONNAME, ObjectIdGetDatum(MyDatabaseId),
                                CStringGetDatum(as<DropSubscriptionStmt>(statement)->subname));
}

bool adds_enum_value(Node *statement) {
  return IsA(statement, AlterEnumStmt) && as<AlterEnumStmt>(statement)->oldVal == nullptr;
}

bool may_commit(Node *statement) { return IsA(statement, DoStmt) || IsA(statement, CallStmt); }

} // namespace pg_flux::run
