// One run of one section: what its parts share.
#pragma once

#include "catalog/migration.h"
#include "catalog/progress.h"
#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/location.h"
#include "run/script.h"
#include "run/section.h"
#include "run/steps.h"

extern "C" {
#include "portability/instr_time.h"
}

namespace pg_flux::run {

// One run of one section. Lives in memory that no transaction ends.
struct SectionRun {
  postgres::Extension extension;
  MemoryContext memory;
  catalog::Migration migration;
  Script script;
  postgres::Array<Step> steps;
  postgres::Array<catalog::Progress> progress; // one for each statement; none before the first note
  Location location;
  Oid role;
  bool was_partial;                         // an earlier run left it half done
  bool finished;                            // the tracking row is written
  LocalTransactionId statement_transaction; // in which a statement began that may commit; 0 outside of one
  instr_time start;
};

// Begins a transaction, and ends it; what is allocated in between stays. PostgreSQL errors may leave them, and all
// below.
void open_transaction(SectionRun &run);
void close_transaction(SectionRun &run);

// Whether statement index, from 0, is done, or taken for done; and whether all are.
bool is_done(const SectionRun &run, int index);
bool all_done(const SectionRun &run);

// Makes index the statement that errors and pg_stat_activity name.
void enter_statement(SectionRun &run, int index);

// The notes. In a transaction of their own: that the section begins again; that statement index is about to run, which
// may commit before it can be noted as done; that it failed with error, to which what helps is added.
void restart_progress(SectionRun &run);
void note_started(SectionRun &run, int index);
void note_failure(SectionRun &run, ErrorData *error, bool in_doubt);

// In the open transaction: that count statements from first on are done, or skipped. Closes the section with the last.
void note_done(SectionRun &run, int first, int count, bool skipped = false);

// Writes the tracking row and the history. In the open transaction, inside begin_own_queries().
void finish(SectionRun &run);

// After a statement: what it may have changed of the worker itself.
void restore_worker(const Statement &statement);

// Goes on where an earlier run stopped: makes the session what it was, and decides about the statement in doubt. Raises
// PF011 where that is not clear.
void resume_section(SectionRun &run, Resume resume);

} // namespace pg_flux::run
