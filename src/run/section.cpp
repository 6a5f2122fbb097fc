#include "run/section.h"

#include "catalog/history.h"
#include "catalog/progress.h"
#include "catalog/state.h"
#include "postgres/query.h"
#include "postgres/settings.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/execution.h"
#include "run/location.h"
#include "run/protection.h"
#include "run/record.h"
#include "run/settle.h"
#include "run/steps.h"
#include "run/top_level.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "portability/instr_time.h"
#include "utils/backend_status.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
}

namespace pg_flux::run {

namespace {

using catalog::Progress;
using format::Direction;
using postgres::Array;
using postgres::c_string;
using postgres::Extension;

// One run of one section. Lives in memory that no transaction ends.
struct SectionRun {
  Extension extension;
  MemoryContext memory;
  catalog::Migration migration;
  Script script;
  Array<Step> steps;
  Array<Progress> progress; // one for each statement; none before the first note
  Location location;
  Oid role;
  bool was_partial;                         // an earlier run left it half done
  bool finished;                            // the tracking row is written
  LocalTransactionId statement_transaction; // in which a statement began that may commit; 0 outside of one
  instr_time start;
};

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
  for (const Progress &progress : run.progress)
    if (!progress.done)
      return false;
  return true;
}

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

// Notes every statement, once. Inside the transaction of the first thing that is to be noted.
void begin_progress(SectionRun &run) {
  if (!run.progress.empty())
    return;
  for (const Statement &statement : run.script.statements) {
    const Progress progress{statement.number, statement.line, statement.text, false, false, false, {}, 0};
    catalog::insert_progress(run.migration.filename, run.script.direction, progress);
    run.progress.append(progress);
  }
}

// Begins again, perhaps in the other direction. The migration stays half done until the last statement.
void restart_progress(SectionRun &run) {
  open_transaction(run);
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  MemoryContextSwitchTo(run.memory);
  catalog::delete_progress(run.migration.filename);
  run.progress = {};
  begin_progress(run);
  postgres::end_own_queries(own);
  close_transaction(run);
  ereport(NOTICE, (errmsg("%s begins again at statement 1/%d", c_string(run.migration.filename),
                          run.script.statements.size())));
}

void show_activity(const SectionRun &run, int index) {
  const char *activity =
      psprintf("pg_flux %s %s statement %d/%d", run.script.direction == Direction::up ? "apply" : "rollback",
               c_string(run.migration.filename), index + 1, run.script.statements.size());
  pgstat_report_appname(activity);
}

void enter_statement(SectionRun &run, int index) {
  run.location.statement = run.script.statements[index].number;
  run.location.line = run.script.statements[index].line;
  show_activity(run, index);
}

// A worker has no main loop that would do it.
void arm_timeout() {
  if (StatementTimeout > 0)
    enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

void disarm_timeout() { disable_timeout(STATEMENT_TIMEOUT, false); }

// A text may set client_encoding for itself, but what the worker reports is in the database's.
void restore_report_encoding() { (void)SetClientEncoding(GetDatabaseEncoding()); }

// DISCARD ALL brings back what the database says, also where that is not how texts are read.
void restore_strings(const Statement &statement) {
  if (statement.autocommit != nullptr && strcmp(statement.autocommit, "DISCARD ALL") == 0)
    postgres::make_strings_standard(GUC_ACTION_SET);
}

// Closes the section in the transaction that finishes its last statement.
void finish(SectionRun &run) {
  instr_time duration;
  INSTR_TIME_SET_CURRENT(duration);
  INSTR_TIME_SUBTRACT(duration, run.start);
  catalog::count_change();
  record(run.migration, run.script, run.role, static_cast<int64>(INSTR_TIME_GET_MICROSEC(duration)));
  run.finished = true;
}

void note_done(SectionRun &run, int first, int count, bool skipped = false) {
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  MemoryContextSwitchTo(run.memory);
  begin_progress(run);
  for (int index = first; index < first + count; index++) {
    if (!is_done(run, index))
      catalog::note_done(run.migration.filename, run.script.statements[index].number, skipped);
    run.progress[index].done = true;
  }
  if (all_done(run))
    finish(run);
  postgres::end_own_queries(own);
}

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
    restore_report_encoding();
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

void note_started(SectionRun &run, int index) {
  const Statement &statement = run.script.statements[index];
  open_transaction(run);
  const Datum indexes = indexes_before(run.extension, statement.text);
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  MemoryContextSwitchTo(run.memory);
  begin_progress(run);
  Progress &progress = run.progress[index];
  progress.indexes_before = indexes;
  catalog::note_started(run.migration.filename, statement.number, progress.indexes_before);
  progress.in_doubt = true;
  progress.doubted = {};
  postgres::end_own_queries(own);
  close_transaction(run);
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
  restore_report_encoding();
  restore_strings(statement);
  set_migration_running(false);
  MemoryContextSwitchTo(run.memory);
  refuse_changed_quoting();
  check_built_index(run, index);
  note_done(run, index, 1);
  close_transaction(run);
  run.statement_transaction = InvalidLocalTransactionId;
}

const char *with_detail(const char *detail, const char *more) {
  return detail == nullptr ? more : psprintf("%s %s", detail, more);
}

// Names what a failed concurrent statement left, in the error itself.
void add_leftovers(SectionRun &run, ErrorData *error, const Progress &progress) {
  const char *leftovers = describe_leftovers(run.extension, progress);
  if (leftovers == nullptr)
    return;
  MemoryContextSwitchTo(run.memory);
  error->detail = pstrdup(with_detail(error->detail, leftovers));
  error->hint = psprintf("The next CALL %s() removes it and builds it again.", procedure_name(run.script.direction));
}

bool something_stays(const SectionRun &run, bool in_doubt) {
  if (run.was_partial)
    return true;
  for (const Progress &progress : run.progress)
    if (progress.done)
      return true;
  return in_doubt;
}

// Notes where the section stopped; where nothing of it stays, the migration is what it was before.
void note_failure(SectionRun &run, ErrorData *error, bool in_doubt) {
  if (run.progress.empty() || run.location.statement == 0)
    return;
  open_transaction(run);
  if (in_doubt)
    add_leftovers(run, error, run.progress[run.location.statement - 1]);
  const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
  const bool stays = something_stays(run, in_doubt);
  if (stays && error->hint == nullptr)
    error->hint =
        MemoryContextStrdup(run.memory, psprintf("The migration is half done: the next CALL %s() goes on with it.",
                                                 procedure_name(run.script.direction)));
  if (stays)
    catalog::note_failed(run.migration.filename, run.location.statement, in_doubt, error->message);
  else
    catalog::delete_progress(run.migration.filename);
  postgres::end_own_queries(own);
  close_transaction(run);
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

void ask_what_to_do(const SectionRun &run, const Progress &progress) {
  ereport(ERROR,
          (errcode(ERRCODE_PG_FLUX_PARTIAL),
           errmsg("statement %d of migration \"%s\" was started, and whether it did its work is not known",
                  progress.number, c_string(run.migration.filename)),
           errdetail("The statement is: %s",
                     c_string(progress.doubted.data() != nullptr ? progress.doubted : progress.statement)),
           errhint("Look whether it did, then CALL %s() with resume => 'skip' where it did, or with resume => 'retry' "
                   "to run it.",
                   procedure_name(run.script.direction))));
}

void take_for_done(SectionRun &run, int index, bool skipped) {
  open_transaction(run);
  if (skipped) {
    const postgres::OwnQueries own = postgres::begin_own_queries(run.extension);
    catalog::insert_history({"skip", run.migration.filename, run.script.statements[index].text, run.role});
    postgres::end_own_queries(own);
  }
  note_done(run, index, 1, skipped);
  close_transaction(run);
}

// Decides about the statement where the section stopped.
void settle_stop(SectionRun &run, int index, Resume resume) {
  const Progress &progress = run.progress[index];
  if (resume == Resume::skip) {
    ereport(NOTICE, (errmsg("statement %d/%d is skipped", index + 1, run.progress.size())));
    take_for_done(run, index, true);
    return;
  }
  if (!progress.in_doubt)
    return;
  const Settlement settlement = settle(run.extension, progress);
  if (settlement == Settlement::run_again || (settlement == Settlement::undecided && resume == Resume::retry))
    return;
  if (settlement == Settlement::undecided)
    ask_what_to_do(run, progress);
  ereport(NOTICE, (errmsg("statement %d/%d is done", index + 1, run.progress.size())));
  take_for_done(run, index, false);
}

// The statement where the section stopped, which need not be the first that is not done: those before it in its
// transaction did not stay. -1 for none.
int find_stop(const SectionRun &run) {
  for (int index = 0; index < run.progress.size(); index++)
    if (!run.progress[index].done && (run.progress[index].in_doubt || run.progress[index].failed))
      return index;
  return -1;
}

int first_remaining(const SectionRun &run) {
  int index = 0;
  while (index < run.progress.size() && run.progress[index].done)
    index++;
  return index;
}

// The session in which the section began is gone. Its settings are made again; its temporary relations cannot be.
void restore_session(SectionRun &run, Resume resume) {
  for (int index = 0; index < run.progress.size(); index++) {
    const Statement &statement = run.script.statements[index];
    if (!run.progress[index].done || statement.session_effect == SessionEffect::none)
      continue;
    run.location.statement = statement.number;
    run.location.line = statement.line;
    if (statement.session_effect == SessionEffect::temporary && resume == Resume::look)
      ereport(ERROR,
              (errcode(ERRCODE_PG_FLUX_PARTIAL),
               errmsg("a temporary relation of migration \"%s\" is gone", c_string(run.migration.filename)),
               errdetail("It ended with the session that ran statement %d.", statement.number),
               errhint("CALL %s() with resume => 'restart' runs all statements again, with resume => 'retry' the "
                       "remaining ones.",
                       procedure_name(run.script.direction))));
    if (statement.session_effect != SessionEffect::setting)
      continue;
    open_transaction(run);
    execute_top_level(c_string(statement.text));
    restore_strings(statement);
    close_transaction(run);
    restore_report_encoding();
  }
}

void resume_section(SectionRun &run, Resume resume) {
  if (run.progress.empty() || all_done(run))
    return;
  ereport(NOTICE, (errmsg("%s goes on at statement %d/%d", c_string(run.migration.filename), first_remaining(run) + 1,
                          run.progress.size())));
  restore_session(run, resume);
  int stop = find_stop(run);
  if (stop < 0 && resume == Resume::skip)
    stop = first_remaining(run);
  if (stop < 0)
    return;
  run.location.statement = run.script.statements[stop].number;
  run.location.line = run.script.statements[stop].line;
  settle_stop(run, stop, resume);
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
