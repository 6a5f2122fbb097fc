#include "run/section.h"

#include "postgres/query.h"
#include "postgres/settings.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/execution.h"
#include "run/protection.h"
#include "run/section_run.h"
#include "run/settle.h"
#include "run/top_level.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "utils/backend_status.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
}

namespace pg_flux::run {

namespace {

using format::Direction;
using postgres::c_string;
using postgres::Extension;

void read(SectionRun &run, std::string_view filename, Direction direction) {
  open_transaction(run);
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  const bool found = catalog::find_migration(filename, run.memory, run.migration);
  run.progress = catalog::read_progress(filename, run.memory);
  postgres::end_own_queries(own);
  if (!found)
    elog(ERROR, "migration \"%s\" is not registered", c_string(filename));
  run.script = read_script(run.migration, direction);
  run.steps = divide(run.script);
  close_transaction(run);
}

void show_activity(const SectionRun &run, int index) {
  const char *activity =
      psprintf("pg_flux %s %s statement %d/%d", run.script.direction == Direction::up ? "apply" : "rollback",
               c_string(run.migration.filename), index + 1, run.script.statements.size());
  pgstat_report_appname(activity);
}

// A worker has no main loop that would do it.
void arm_timeout() {
  if (StatementTimeout > 0)
    enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

void disarm_timeout() { disable_timeout(STATEMENT_TIMEOUT, false); }

// Statements that share a transaction, with the note that they are done.
void run_together(SectionRun &run, const Step &step) {
  open_transaction(run);
  PushActiveSnapshot(GetTransactionSnapshot());
  SPI_connect();
  set_migration_running(true);
  for (int index = step.first; index < step.first + step.count; index++) {
    if (is_done(run, index))
      continue;
    enter_statement(run, index);
    arm_timeout();
    execute_statement(c_string(run.script.statements[index].text));
    disarm_timeout();
    restore_worker(run.script.statements[index]);
  }
  set_migration_running(false);
  SPI_finish();
  PopActiveSnapshot();
  MemoryContextSwitchTo(run.memory);
  note_done(run, step.first, step.count);
  close_transaction(run);
}

// True for what may commit something before it can be noted as done.
bool may_commit_first(const Statement &statement) {
  return statement.autocommit != nullptr || statement.autocommit_unknown || statement.may_commit;
}

// IF NOT EXISTS takes an invalid index for the one it was to build.
void check_built_index(const SectionRun &run, int index) {
  if (const char *invalid = find_invalid_target(run.script.statements[index].text))
    ereport(ERROR,
            (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE), errmsg("index %s exists, but is invalid", invalid),
             errhint("Remove it with DROP INDEX CONCURRENTLY %s, then call again.", invalid)));
}

// REINDEX of a whole schema or database comes to the indexes of pg_flux, too.
bool rebuilds_indexes(const Statement &statement) {
  return statement.autocommit != nullptr && strncmp(statement.autocommit, "REINDEX", strlen("REINDEX")) == 0;
}

void run_alone(SectionRun &run, int index) {
  const Statement &statement = run.script.statements[index];
  enter_statement(run, index);
  ereport(NOTICE, (errmsg("statement %d/%d: %s", index + 1, run.script.statements.size(),
                          statement.autocommit != nullptr ? statement.autocommit : "in a transaction of its own")));
  if (may_commit_first(statement))
    note_started(run, index);
  open_transaction(run);
  run.statement_transaction = may_commit_first(statement) ? postgres::local_transaction() : InvalidLocalTransactionId;
  set_migration_running(true, rebuilds_indexes(statement) ? Reach::own_indexes : Reach::nothing);
  arm_timeout();
  execute_top_level(c_string(statement.text));
  disarm_timeout();
  restore_worker(statement);
  set_migration_running(false);
  MemoryContextSwitchTo(run.memory);
  refuse_changed_quoting();
  check_built_index(run, index);
  note_done(run, index, 1);
  close_transaction(run);
  run.statement_transaction = InvalidLocalTransactionId;
}

// Runs step; an error of it is noted before it goes on.
void run_step(SectionRun &run, const Step &step) {
  PG_TRY();
  {
    if (step.top_level)
      run_alone(run, step.first);
    else
      run_together(run, step);
  }
  PG_CATCH();
  {
    disarm_timeout();
    set_migration_running(false);
    MemoryContextSwitchTo(run.memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    const bool in_doubt = run.statement_transaction != InvalidLocalTransactionId &&
                          run.statement_transaction != postgres::local_transaction();
    AbortCurrentTransaction();
    note_failure(run, error, in_doubt);
    ReThrowError(error);
  }
  PG_END_TRY();
}

void check_progress(const SectionRun &run) {
  if (!run.progress.empty() && run.progress.size() != run.script.statements.size())
    elog(ERROR, "the progress of migration \"%s\" is that of another text", c_string(run.migration.filename));
}

// A text that was replaced since may end where the run had stopped.
void finish_if_nothing_remained(SectionRun &run) {
  if (run.finished)
    return;
  open_transaction(run);
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  finish(run);
  postgres::end_own_queries(own);
  close_transaction(run);
}

void run_remaining_steps(SectionRun &run) {
  for (const Step &step : run.steps) {
    int done = 0;
    for (int index = step.first; index < step.first + step.count; index++)
      done += is_done(run, index) ? 1 : 0;
    if (done < step.count)
      run_step(run, step);
  }
}

} // namespace

void open_transaction(SectionRun &run) {
  StartTransactionCommand();
  MemoryContextSwitchTo(run.memory);
}

void close_transaction(SectionRun &run) {
  CommitTransactionCommand();
  MemoryContextSwitchTo(run.memory);
}

bool is_done(const SectionRun &run, int index) { return !run.progress.empty() && run.progress[index].done; }

bool all_done(const SectionRun &run) {
  for (const catalog::Progress &progress : run.progress)
    if (!progress.done)
      return false;
  return true;
}

void enter_statement(SectionRun &run, int index) {
  run.location.statement = run.script.statements[index].number;
  run.location.line = run.script.statements[index].line;
  show_activity(run, index);
}

void restore_worker(const Statement &statement) {
  // A text may set client_encoding for itself, but what the worker reports is in the database's.
  (void)SetClientEncoding(GetDatabaseEncoding());
  // DISCARD ALL brings back what the database says, also where that is not how texts are read.
  if (statement.autocommit != nullptr && strcmp(statement.autocommit, "DISCARD ALL") == 0)
    postgres::make_strings_standard(GUC_ACTION_SET);
}

void run_section(const Extension &extension, std::string_view filename, Direction direction, Resume resume) {
  SectionRun run{};
  run.extension = extension;
  run.memory = AllocSetContextCreate(TopMemoryContext, "pg_flux section", ALLOCSET_DEFAULT_SIZES);
  run.role = GetUserId();
  INSTR_TIME_SET_CURRENT(run.start);
  MemoryContextSwitchTo(run.memory);
  read(run, postgres::copy(filename), direction);

  run.location.filename = run.migration.filename;
  run.location.has_section = true;
  run.location.direction = direction;
  run.location.in_undo = run.script.in_undo;
  enter_location(run.location);
  run.was_partial = !run.progress.empty();
  if (resume == Resume::restart)
    restart_progress(run);
  check_progress(run);
  if (resume != Resume::restart)
    resume_section(run, resume);
  run_remaining_steps(run);
  finish_if_nothing_remained(run);
  leave_location(run.location);
}
} // namespace pg_flux::run
