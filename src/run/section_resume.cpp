#include "run/section_run.h"

#include "catalog/history.h"
#include "postgres/query.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/settle.h"
#include "run/top_level.h"

namespace pg_flux::run {

namespace {

using catalog::Progress;
using postgres::c_string;

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
    catalog::insert_history("skip", run.role, run.migration.filename, run.script.statements[index].text);
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
    restore_worker(statement);
    close_transaction(run);
  }
}

} // namespace

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

} // namespace pg_flux::run
