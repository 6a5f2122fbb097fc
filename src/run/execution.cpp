#include "run/execution.h"

#include "postgres/settings.h"
#include "postgres/strings.h"
#include "run/location.h"
#include "run/protection.h"

extern "C" {
#include "portability/instr_time.h"
#include "tcop/dest.h"
}

namespace pg_flux::run {

namespace {

void execute_statements(const Script &script, Location &location) {
  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux statement", ALLOCSET_DEFAULT_SIZES);
  for (const Statement &statement : script.statements) {
    location.statement = statement.number;
    location.line = statement.line;
    MemoryContext previous = MemoryContextSwitchTo(memory);
    const char *text = postgres::c_string(statement.text);
    MemoryContextSwitchTo(previous);
    execute_statement(text);
    MemoryContextReset(memory);
  }
  MemoryContextDelete(memory);
}

void execute_guarded(const Script &script, Location &location) {
  PG_TRY();
  {
    set_migration_running(true);
    execute_statements(script, location);
  }
  PG_CATCH();
  {
    set_migration_running(false);
    PG_RE_THROW();
  }
  PG_END_TRY();
  set_migration_running(false);
}

// Settings end with the migration that changed them; SET ROLE is one of them.
void restore_settings(int level, Oid user, int security_context) {
  AtEOXact_GUC(false, level);
  SetUserIdAndSecContext(user, security_context);
}

} // namespace

Record execute_migration(const PlannedMigration &planned) {
  Location location;
  location.filename = planned.migration.filename;
  location.has_section = true;
  location.direction = planned.script.direction;
  location.in_undo = planned.script.in_undo;
  location.executing = true;
  enter_location(location);

  Oid user;
  int security_context;
  GetUserIdAndSecContext(&user, &security_context);
  const int level = NewGUCNestLevel();
  postgres::make_strings_standard(GUC_ACTION_SAVE);
  SPI_connect();
  instr_time start;
  instr_time duration;
  INSTR_TIME_SET_CURRENT(start);
  execute_guarded(planned.script, location);
  INSTR_TIME_SET_CURRENT(duration);
  INSTR_TIME_SUBTRACT(duration, start);
  SPI_finish();
  restore_settings(level, user, security_context);
  leave_location(location);
  return {&planned.migration, &planned.script, planned.partial, static_cast<int64>(INSTR_TIME_GET_MICROSEC(duration)),
          GetCurrentTimestamp()};
}

void refuse_changed_quoting() {
  if (!postgres::strings_are_standard())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("a migration cannot switch standard_conforming_strings off"),
                    errdetail("Where strings end decides where its statements end.")));
}

void execute_statement(const char *text) {
  SPIExecuteOptions options{};
  // A migration's rows are for nobody.
  options.dest = None_Receiver;
  MemoryContext previous = CurrentMemoryContext;
  const int result = SPI_execute_extended(text, &options);
  MemoryContextSwitchTo(previous);
  if (result < 0)
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("a migration cannot run this statement: %s", SPI_result_code_string(result))));
  refuse_changed_quoting();
}

} // namespace pg_flux::run
