#include "postgres/query.h"

#include "postgres/strings.h"

extern "C" {
#include "tcop/dest.h"
#include "utils/array.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
}

namespace pg_flux::postgres {

namespace {

void prepare(Query &query) {
  if (query.plan != nullptr)
    return;
  SPIPlanPtr plan = SPI_prepare_cursor(query.sql, query.argument_count, query.argument_types, query.plan_options);
  if (plan == nullptr)
    elog(ERROR, "pg_flux could not prepare \"%s\": %s", query.sql, SPI_result_code_string(SPI_result));
  if (SPI_keepplan(plan) != 0)
    elog(ERROR, "pg_flux could not keep the plan of \"%s\"", query.sql);
  query.plan = plan;
}

} // namespace

OwnQueries begin_own_queries(const Extension &extension) {
  OwnQueries own{};
  own.caller_memory = CurrentMemoryContext;
  GetUserIdAndSecContext(&own.user, &own.security_context);
  // A migration that makes its transaction read-only means its own statements. Whether the caller may change anything
  // was asked before.
  own.read_only = XactReadOnly;
  if (!RecoveryInProgress())
    XactReadOnly = false;
  own.pushed_snapshot = !ActiveSnapshotSet();
  if (own.pushed_snapshot)
    PushActiveSnapshot(GetTransactionSnapshot());
  SPI_connect();
  own.settings_level = NewGUCNestLevel();
  (void)set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
                          false);
  // OR-ed: what the caller's context forbids stays forbidden.
  SetUserIdAndSecContext(extension.owner, own.security_context | SECURITY_LOCAL_USERID_CHANGE);
  return own;
}

void end_own_queries(const OwnQueries &own) {
  SetUserIdAndSecContext(own.user, own.security_context);
  AtEOXact_GUC(true, own.settings_level);
  SPI_finish();
  if (own.pushed_snapshot)
    PopActiveSnapshot();
  XactReadOnly = own.read_only;
}

uint64 run(Query &query, const Argument *arguments, int count, long limit) {
  Datum values[max_query_arguments];
  char nulls[max_query_arguments];
  Assert(count == query.argument_count);
  for (int index = 0; index < count; index++) {
    values[index] = arguments[index].value;
    nulls[index] = arguments[index].is_null ? 'n' : ' ';
  }
  // SPI leaves its own memory context behind, which ends with the SPI session.
  MemoryContext previous = CurrentMemoryContext;
  prepare(query);
  const int result = SPI_execute_plan(query.plan, values, nulls, false, limit);
  MemoryContextSwitchTo(previous);
  if (result < 0)
    elog(ERROR, "pg_flux could not run \"%s\": %s", query.sql, SPI_result_code_string(result));
  return SPI_processed;
}

uint64 run(Query &query, long limit) { return run(query, nullptr, 0, limit); }

void run(Query &query, DestReceiver *receiver) {
  MemoryContext previous = CurrentMemoryContext;
  prepare(query);
  SPIExecuteOptions options{};
  options.dest = receiver;
  const int result = SPI_execute_plan_extended(query.plan, &options);
  MemoryContextSwitchTo(previous);
  if (result < 0)
    elog(ERROR, "pg_flux could not run \"%s\": %s", query.sql, SPI_result_code_string(result));
}

std::string_view text_result(uint64 row, int column, MemoryContext memory) {
  bool is_null = false;
  const Datum value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &is_null);
  if (is_null)
    return {};
  MemoryContext previous = MemoryContextSwitchTo(memory);
  const std::string_view result = copy(view(value));
  MemoryContextSwitchTo(previous);
  return result;
}

Datum value_result(uint64 row, int column, bool *is_null) {
  bool ignored = false;
  return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, is_null != nullptr ? is_null : &ignored);
}

} // namespace pg_flux::postgres
