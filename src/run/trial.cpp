#include "run/trial.h"

#include "postgres/query.h"
#include "postgres/settings.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/concurrently.h"
#include "run/execution.h"
#include "run/location.h"
#include "run/protection.h"

extern "C" {
#include "utils/resowner.h"
}

namespace pg_flux::run {

namespace {

using postgres::Array;
using snapshot::Difference;

const char *section_name(const Script &script) {
  return script.direction == format::Direction::up ? "Up section" : "Down section";
}

// Statements that only have effects of their own outside of transactions.
void append_unprovable(const Script &script, Array<Difference> &failures) {
  for (const Statement &statement : script.statements)
    if (statement.autocommit != nullptr && !is_concurrent(statement.autocommit))
      failures.append({"statement",
                       psprintf("%s, statement %d, line %lu", section_name(script), statement.number, statement.line),
                       "not provable in one transaction",
                       {},
                       psprintf("%s cannot run inside a transaction block", statement.autocommit)});
}

// SET CONSTRAINTS cannot be taken back: what is deferred by its definition is deferred again by name. With the owner's
// rights: the caller may lack those on the schema, and nothing of the user's runs.
void defer_again(const postgres::Extension &extension) {
  static postgres::Query query{"SELECT string_agg(DISTINCT format('%I.%I', n.nspname, c.conname), ', ')"
                               " FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace"
                               " WHERE c.condeferred AND NOT EXISTS (SELECT FROM pg_constraint o"
                               "  WHERE o.conname = c.conname AND o.connamespace = c.connamespace"
                               "  AND NOT o.condeferrable)",
                               0,
                               {}};
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  postgres::run(query);
  const std::string_view names = postgres::text_result(0, 1, CurrentMemoryContext);
  if (names.data() != nullptr)
    execute_statement(psprintf("SET CONSTRAINTS %s DEFERRED", names.data()));
  postgres::end_own_queries(own);
}

void execute_section(const Script &script, Location &location) {
  for (const Statement &statement : script.statements) {
    CHECK_FOR_INTERRUPTS();
    location.statement = statement.number;
    location.line = statement.line;
    const char *text = postgres::c_string(statement.text);
    // Rows written are seen by their counters only, also where the section turns those off.
    (void)set_config_option("track_counts", "on", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    execute_statement(is_concurrent(statement.autocommit) ? without_concurrently(text) : text);
  }
  // What COMMIT would check.
  location.statement = 0;
  location.line = 0;
  execute_statement("SET CONSTRAINTS ALL IMMEDIATE");
}

// Each section has the settings of the caller, as in a run of its own.
void run_section(const Script &script, Location &location) {
  Oid user;
  int security_context;
  GetUserIdAndSecContext(&user, &security_context);
  location.has_section = true;
  location.direction = script.direction;
  location.in_undo = script.in_undo;
  const int level = NewGUCNestLevel();
  postgres::make_strings_standard(GUC_ACTION_SAVE);
  SPI_connect();
  set_migration_running(true);
  execute_section(script, location);
  set_migration_running(false);
  SPI_finish();
  AtEOXact_GUC(false, level);
  SetUserIdAndSecContext(user, security_context);
  location.has_section = false;
}

bool stops_trial(int sqlstate) {
  return postgres::is_of_the_moment(sqlstate) ||
         ERRCODE_TO_CATEGORY(sqlstate) == ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR);
}

// Errors that the same statement would not meet were each in a transaction of its own.
bool comes_from_sharing(int sqlstate) {
  return sqlstate == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE || sqlstate == ERRCODE_ACTIVE_SQL_TRANSACTION ||
         sqlstate == ERRCODE_INVALID_TRANSACTION_TERMINATION;
}

Difference describe_error(const ErrorData *error, const Location &location) {
  const char *section = location.direction == format::Direction::up ? "Up section" : "Down section";
  const char *place = location.statement > 0
                          ? psprintf("%s, statement %d, line %lu", section, location.statement, location.line)
                          : psprintf("%s, deferred constraints", section);
  return {"statement",
          place,
          comes_from_sharing(error->sqlerrcode) ? "not provable in one transaction" : "error",
          {},
          psprintf("%s: %s", unpack_sql_state(error->sqlerrcode), error->message)};
}

void run_and_observe(const postgres::Extension &extension, const Array<const Script *> &scripts,
                     const TrialOptions &options, Location &location, MemoryContext memory, Trial &trial) {
  const TransactionId since = GetCurrentTransactionId();
  MemoryContextSwitchTo(memory);
  for (int index = 0; index < scripts.size(); index++) {
    if (index > 0)
      defer_again(extension);
    run_section(*scripts[index], location);
  }
  MemoryContextSwitchTo(memory);
  trial.observation = snapshot::observe_inside(extension, since, options.strict, options.extras);
}

// Printing views locks their tables; the locks go with a subtransaction of its own.
void observe_before(const postgres::Extension &extension, const TrialOptions &options, Trial &trial) {
  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  BeginInternalSubTransaction(nullptr);
  MemoryContextSwitchTo(memory);
  snapshot::observe_outside(extension, trial.observation, options.strict, options.extras);
  RollbackAndReleaseCurrentSubTransaction();
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
}

} // namespace

Trial try_scripts(const postgres::Extension &extension, std::string_view filename, const Array<const Script *> &scripts,
                  const TrialOptions &options) {
  // Static, and so out of reach of longjmp: only one trial runs at a time in a session.
  static Trial trial;
  trial = {};
  for (const Script *script : scripts)
    append_unprovable(*script, trial.failures);
  if (!trial.failures.empty())
    return trial;

  MemoryContext memory = CurrentMemoryContext;
  ResourceOwner owner = CurrentResourceOwner;
  Location location;
  location.filename = filename;
  enter_location(location);
  BeginInternalSubTransaction(nullptr);
  PG_TRY();
  {
    run_and_observe(extension, scripts, options, location, memory, trial);
    RollbackAndReleaseCurrentSubTransaction();
    trial.completed = true;
  }
  PG_CATCH();
  {
    set_migration_running(false);
    MemoryContextSwitchTo(memory);
    ErrorData *error = CopyErrorData();
    FlushErrorState();
    RollbackAndReleaseCurrentSubTransaction();
    CurrentResourceOwner = owner;
    if (!location.has_section || stops_trial(error->sqlerrcode))
      ReThrowError(error);
    trial.error = error;
    trial.failures.append(describe_error(error, location));
  }
  PG_END_TRY();
  leave_location(location);
  MemoryContextSwitchTo(memory);
  CurrentResourceOwner = owner;
  if (trial.completed)
    observe_before(extension, options, trial);
  return trial;
}

} // namespace pg_flux::run
