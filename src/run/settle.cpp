#include "run/settle.h"

#include "catalog/indexes.h"
#include "postgres/query.h"
#include "postgres/relation.h"
#include "postgres/strings.h"
#include "run/top_level.h"

extern "C" {
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
}

namespace pg_flux::run {

namespace {

using catalog::Index;
using catalog::Progress;
using postgres::Array;

Node *parse(std::string_view text) { return linitial_node(RawStmt, pg_parse_query(postgres::c_string(text)))->stmt; }

std::string_view doubted_text(const Progress &progress) {
  return progress.doubted.data() != nullptr ? progress.doubted : progress.statement;
}

IndexStmt *as_concurrent_index(Node *statement) {
  auto *index = reinterpret_cast<IndexStmt *>(statement);
  return IsA(statement, IndexStmt) && index->concurrent ? index : nullptr;
}

bool is_concurrent_reindex(Node *statement) {
  if (!IsA(statement, ReindexStmt))
    return false;
  ListCell *cell;
  foreach (cell, reinterpret_cast<ReindexStmt *>(statement)->params) {
    auto *option = static_cast<DefElem *>(lfirst(cell));
    if (strcmp(option->defname, "concurrently") == 0)
      return defGetBoolean(option);
  }
  return false;
}

PartitionCmd *as_concurrent_detach(Node *statement) {
  if (!IsA(statement, AlterTableStmt))
    return nullptr;
  auto *command = linitial_node(AlterTableCmd, reinterpret_cast<AlterTableStmt *>(statement)->cmds);
  auto *partition = reinterpret_cast<PartitionCmd *>(command->def);
  return command->subtype == AT_DetachPartition && partition->concurrent ? partition : nullptr;
}

// The table whose indexes tell; InvalidOid where the statement is a REINDEX, which may touch many.
Oid indexed_table(Node *statement) {
  const IndexStmt *index = as_concurrent_index(statement);
  return index != nullptr ? postgres::find_relation(index->relation) : InvalidOid;
}

bool leaves_indexes(Node *statement) {
  return as_concurrent_index(statement) != nullptr || is_concurrent_reindex(statement);
}

Array<Index> read_new_indexes(const postgres::Extension &extension, const Progress &progress, Node *statement) {
  const Oid table = indexed_table(statement);
  // A table that is gone has taken its indexes along.
  if (as_concurrent_index(statement) != nullptr && !OidIsValid(table))
    return {};
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const Array<Index> indexes = catalog::new_indexes(table, progress.indexes_before, own.caller_memory);
  postgres::end_own_queries(own);
  return indexes;
}

bool is_valid_index(Oid index) {
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple))
    return true;
  const bool valid = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple))->indisvalid;
  ReleaseSysCache(tuple);
  return valid;
}

// Removes an invalid index. Whoever builds one holds this lock on its table until it is valid: once we had the lock and
// it is still invalid, nobody will ever finish it.
void drop_leftover(const Index &index) {
  StartTransactionCommand();
  LockRelationOid(index.table, ShareUpdateExclusiveLock);
  const bool abandoned = !is_valid_index(index.oid);
  CommitTransactionCommand();
  if (!abandoned)
    return;
  ereport(NOTICE, (errmsg("dropping invalid index %s", postgres::c_string(index.name))));
  StartTransactionCommand();
  execute_top_level(psprintf("DROP INDEX CONCURRENTLY %s", postgres::c_string(index.name)));
  CommitTransactionCommand();
}

// Drops the invalid ones of indexes; true when there were any.
bool drop_leftovers(const Array<Index> &indexes) {
  bool dropped = false;
  for (const Index &index : indexes) {
    if (index.valid)
      continue;
    drop_leftover(index);
    dropped = true;
  }
  return dropped;
}

// A valid index of that name is taken for it. One without a name can only be somebody else's: ours becomes valid in the
// very transaction that notes it as done.
Settlement settle_create_index(const IndexStmt *statement, const Array<Index> &indexes) {
  if (drop_leftovers(indexes) || statement->idxname == nullptr)
    return Settlement::run_again;
  bool built = false;
  StartTransactionCommand();
  for (const Index &index : indexes) {
    const char *name = get_rel_name(index.oid);
    built = built || (name != nullptr && strcmp(name, statement->idxname) == 0);
  }
  CommitTransactionCommand();
  return built ? Settlement::done : Settlement::run_again;
}

// Whether partition hangs on a parent, and whether its detaching was begun.
void read_inheritance(Oid partition, bool *attached, bool *pending) {
  *attached = *pending = false;
  Relation catalog = table_open(InheritsRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(partition));
  SysScanDesc scan = systable_beginscan(catalog, InheritsRelidSeqnoIndexId, true, nullptr, 1, &key);
  if (HeapTuple tuple = systable_getnext(scan); HeapTupleIsValid(tuple)) {
    *attached = true;
    *pending = reinterpret_cast<Form_pg_inherits>(GETSTRUCT(tuple))->inhdetachpending;
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
}

const char *quoted(const RangeVar *name) { return quote_qualified_identifier(name->schemaname, name->relname); }

Settlement settle_detach(const AlterTableStmt *statement, const PartitionCmd *command) {
  bool attached = false;
  bool pending = false;
  StartTransactionCommand();
  if (const Oid partition = postgres::find_relation(command->name); OidIsValid(partition))
    read_inheritance(partition, &attached, &pending);
  CommitTransactionCommand();
  if (!attached)
    return Settlement::done;
  if (!pending)
    return Settlement::run_again;
  StartTransactionCommand();
  execute_top_level(
      psprintf("ALTER TABLE %s DETACH PARTITION %s FINALIZE", quoted(statement->relation), quoted(command->name)));
  CommitTransactionCommand();
  return Settlement::done;
}

Settlement settle_drop_index(const DropStmt *statement) {
  StartTransactionCommand();
  bool gone = true;
  ListCell *cell;
  foreach (cell, statement->objects)
    gone = gone && !OidIsValid(postgres::find_relation(makeRangeVarFromNameList(static_cast<List *>(lfirst(cell)))));
  CommitTransactionCommand();
  return gone ? Settlement::done : Settlement::run_again;
}

bool may_run_twice(Node *statement) {
  return postgres::as_rewrite(statement).found || IsA(statement, VacuumStmt) || IsA(statement, ReindexStmt) ||
         IsA(statement, DiscardStmt);
}

Settlement settle_statement(const postgres::Extension &extension, const Progress &progress, Node *statement) {
  if (leaves_indexes(statement)) {
    StartTransactionCommand();
    MemoryContext memory = MemoryContextSwitchTo(GetMemoryChunkContext(statement));
    const Array<Index> indexes = read_new_indexes(extension, progress, statement);
    MemoryContextSwitchTo(memory);
    CommitTransactionCommand();
    if (const IndexStmt *index = as_concurrent_index(statement))
      return settle_create_index(index, indexes);
    (void)drop_leftovers(indexes);
    return Settlement::run_again;
  }
  if (const PartitionCmd *command = as_concurrent_detach(statement))
    return settle_detach(reinterpret_cast<AlterTableStmt *>(statement), command);
  if (IsA(statement, DropStmt))
    return settle_drop_index(reinterpret_cast<DropStmt *>(statement));
  return may_run_twice(statement) ? Settlement::run_again : Settlement::undecided;
}

} // namespace

Settlement settle(const postgres::Extension &extension, const Progress &progress) {
  // Between the transactions below, so in memory that none of them ends.
  MemoryContext memory = AllocSetContextCreate(TopMemoryContext, "pg_flux settle", ALLOCSET_DEFAULT_SIZES);
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const Settlement settlement = settle_statement(extension, progress, parse(doubted_text(progress)));
  MemoryContextSwitchTo(previous);
  MemoryContextDelete(memory);
  // The old text's work is done, but it is not the work of the text that took its place.
  if (settlement == Settlement::done && progress.doubted.data() != nullptr)
    return Settlement::undecided;
  return settlement;
}

Datum indexes_before(const postgres::Extension &extension, std::string_view statement) {
  Node *tree = parse(statement);
  if (!leaves_indexes(tree))
    return 0;
  const Oid table = indexed_table(tree);
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const Datum names = catalog::index_names(table, own.caller_memory);
  postgres::end_own_queries(own);
  return names;
}

const char *describe_leftovers(const postgres::Extension &extension, const Progress &progress) {
  Node *statement = parse(progress.statement);
  if (!leaves_indexes(statement))
    return nullptr;
  StringInfoData detail;
  initStringInfo(&detail);
  for (const Index &index : read_new_indexes(extension, progress, statement)) {
    if (index.valid)
      continue;
    const char *name = postgres::c_string(index.name);
    appendStringInfo(&detail, "%sIt left the invalid index %s, which DROP INDEX CONCURRENTLY %s removes.",
                     detail.len > 0 ? " " : "", name, name);
  }
  return detail.len > 0 ? detail.data : nullptr;
}

const char *find_invalid_target(std::string_view statement) {
  const IndexStmt *index = as_concurrent_index(parse(statement));
  if (index == nullptr || index->idxname == nullptr)
    return nullptr;
  const Oid table = postgres::find_relation(index->relation);
  // An index lives in the schema of its table.
  const Oid found = get_relname_relid(index->idxname, get_rel_namespace(table));
  if (!OidIsValid(found) || is_valid_index(found))
    return nullptr;
  return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), index->idxname);
}

} // namespace pg_flux::run
