#include "postgres/table_writer.h"

extern "C" {
#include "access/table.h"
#include "access/tableam.h"
#include "commands/sequence.h"
#include "commands/trigger.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::postgres {

namespace {

RangeTblEntry *range_table_entry(Relation table) {
  RangeTblEntry *entry = makeNode(RangeTblEntry);
  entry->rtekind = RTE_RELATION;
  entry->relid = RelationGetRelid(table);
  entry->relkind = table->rd_rel->relkind;
  entry->rellockmode = RowExclusiveLock;
  return entry;
}

void fill(TableWriter &writer, const Column *columns, int count) {
  ResetPerTupleExprContext(writer.executor);
  ExecClearTuple(writer.row);
  if (count != writer.row->tts_tupleDescriptor->natts)
    elog(ERROR, "table pg_flux.%s has %d columns instead of %d", RelationGetRelationName(writer.table),
         writer.row->tts_tupleDescriptor->natts, count);
  for (int index = 0; index < count; index++) {
    writer.row->tts_values[index] = columns[index].value;
    writer.row->tts_isnull[index] = columns[index].is_null;
  }
  ExecStoreVirtualTuple(writer.row);
  // A removed row stays in the indexes, which need not be opened for it.
  if (writer.target->ri_NumIndices == 0) {
    MemoryContext previous = MemoryContextSwitchTo(writer.memory);
    ExecOpenIndices(writer.target, false);
    MemoryContextSwitchTo(previous);
  }
}

// What the scan sees and what is there are one in READ COMMITTED, unless somebody changes our tables past us.
void lock_row(const TableWriter &writer, TableScan &scan) {
  TM_FailureData failure;
  const TM_Result result = table_tuple_lock(writer.table, &scan.slot->tts_tid, scan.snapshot, scan.slot,
                                            GetCurrentCommandId(false), LockTupleExclusive, LockWaitBlock, 0, &failure);
  if (result != TM_Ok)
    ereport(ERROR,
            (errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
             errmsg("could not serialize access due to concurrent %s", result == TM_Deleted ? "delete" : "update")));
}

} // namespace

TableWriter begin_write(const char *table) {
  TableWriter writer{};
  writer.memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux writer", ALLOCSET_SMALL_SIZES);
  MemoryContext previous = MemoryContextSwitchTo(writer.memory);
  writer.table = table_open(own_relation(table), RowExclusiveLock);
  writer.executor = CreateExecutorState();
  init_range_table(writer.executor, range_table_entry(writer.table));
  writer.executor->es_output_cid = GetCurrentCommandId(true);
  writer.target = makeNode(ResultRelInfo);
  InitResultRelInfo(writer.target, writer.table, 1, nullptr, 0);
  writer.row = ExecInitExtraTupleSlot(writer.executor, RelationGetDescr(writer.table), &TTSOpsVirtual);
  AfterTriggerBeginQuery();
  MemoryContextSwitchTo(previous);
  return writer;
}

void insert_row(TableWriter &writer, const Column *columns, int count) {
  fill(writer, columns, count);
  MemoryContext previous = MemoryContextSwitchTo(GetPerTupleMemoryContext(writer.executor));
  ExecSimpleRelationInsert(writer.target, writer.executor, writer.row);
  MemoryContextSwitchTo(previous);
}

void delete_row(TableWriter &writer, TableScan &scan) {
  ResetPerTupleExprContext(writer.executor);
  MemoryContext previous = MemoryContextSwitchTo(GetPerTupleMemoryContext(writer.executor));
  lock_row(writer, scan);
  EPQState recheck;
  init_recheck(&recheck, writer.executor);
  ExecSimpleRelationDelete(writer.target, writer.executor, &recheck, scan.slot);
  EvalPlanQualEnd(&recheck);
  MemoryContextSwitchTo(previous);
}

void update_row(TableWriter &writer, TableScan &scan, const Column *columns, int count) {
  fill(writer, columns, count);
  MemoryContext previous = MemoryContextSwitchTo(GetPerTupleMemoryContext(writer.executor));
  lock_row(writer, scan);
  EPQState recheck;
  init_recheck(&recheck, writer.executor);
  ExecSimpleRelationUpdate(writer.target, writer.executor, &recheck, scan.slot, writer.row);
  EvalPlanQualEnd(&recheck);
  MemoryContextSwitchTo(previous);
}

void end_write(TableWriter &writer) {
  MemoryContext previous = MemoryContextSwitchTo(writer.memory);
  AfterTriggerEndQuery(writer.executor);
  ExecCloseIndices(writer.target);
  ExecResetTupleTable(writer.executor->es_tupleTable, false);
  ExecCloseResultRelations(writer.executor);
  ExecCloseRangeTableRelations(writer.executor);
  FreeExecutorState(writer.executor);
  // The lock lasts to the end of the transaction, as that of a query.
  table_close(writer.table, NoLock);
  MemoryContextSwitchTo(previous);
  MemoryContextDelete(writer.memory);
  CommandCounterIncrement();
}

Column next_value(const char *sequence) {
  return {Int64GetDatum(nextval_internal(own_relation(sequence), false)), false};
}

} // namespace pg_flux::postgres
