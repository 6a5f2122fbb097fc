#include "run/section_run.h"

#include "catalog/state.h"
#include "postgres/query.h"
#include "postgres/strings.h"
#include "run/record.h"
#include "run/settle.h"

namespace pg_flux::run {

namespace {

using catalog::Progress;
using postgres::c_string;

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

} // namespace

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

// Closes the section in the transaction that finishes its last statement.
void finish(SectionRun &run) {
  instr_time duration;
  INSTR_TIME_SET_CURRENT(duration);
  INSTR_TIME_SUBTRACT(duration, run.start);
  catalog::count_change(run.extension);
  postgres::Array<Record> records;
  records.append({&run.migration, &run.script, true, static_cast<int64>(INSTR_TIME_GET_MICROSEC(duration)),
                  GetCurrentTimestamp()});
  write_records(records, run.role);
  run.finished = true;
}

void note_done(SectionRun &run, int first, int count, bool skipped) {
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

} // namespace pg_flux::run
