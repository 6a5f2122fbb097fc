#include "run/each.h"

#include "catalog/applied.h"
#include "catalog/state.h"
#include "postgres/query.h"
#include "postgres/strings.h"
#include "run/announcement.h"
#include "run/baseline_hash.h"
#include "run/change.h"
#include "run/execution.h"
#include "run/location.h"
#include "run/partial.h"
#include "run/plan.h"
#include "run/protection.h"
#include "run/steps.h"
#include "run/worker.h"

extern "C" {
#include "utils/portal.h"
}

namespace pg_flux::run {

namespace {

using format::Direction;
using postgres::Extension;

// Refuses every caller that would make our commits its own, or that holds a snapshot for which a worker's statement
// might wait.
void check_own_transaction(FunctionCallInfo fcinfo, const EachRequest &request) {
  const char *command = psprintf("CALL %s()", request.procedure);
  const auto *context = reinterpret_cast<const CallContext *>(fcinfo->context);
  if (IsTransactionBlock())
    ereport(ERROR,
            (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("%s cannot run inside a transaction block", command),
             errdetail("It commits as it goes."),
             errhint("Send it as a statement of its own, or use the function, which runs inside the transaction.")));
  if (context->atomic || SPI_inside_nonatomic_context() || InLocalUserIdChange())
    ereport(ERROR, (errcode(ERRCODE_ACTIVE_SQL_TRANSACTION), errmsg("%s cannot be executed from a function", command),
                    errdetail("It commits as it goes."), errhint("Send it as a statement of its own.")));
  // Sees pipelines too.
  PreventInTransactionBlock(true, command);
}

Plan make_plan(const Extension &extension, const EachRequest &request) {
  if (request.direction == Direction::up)
    return plan_apply(extension, request.count);
  if (request.stop.data() != nullptr)
    return plan_rollback_to(extension, request.stop);
  return plan_rollback(extension, request.count);
}

// What is half done goes on where it stopped, which only the worker knows how to.
bool runs_in_worker(const PlannedMigration &planned) {
  return planned.skipped == nullptr && (planned.partial || needs_worker(divide(planned.script)));
}

bool any_runs_in_worker(const Plan &plan) {
  for (const PlannedMigration &planned : plan.migrations)
    if (runs_in_worker(planned))
      return true;
  return false;
}

std::string_view read_last_applied(const Extension &extension) {
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const std::string_view filename = catalog::last_applied_filename(own.caller_memory);
  postgres::end_own_queries(own);
  return filename;
}

void run_one(const Extension &extension, const PlannedMigration &planned, const EachRequest &request) {
  if (!runs_in_worker(planned)) {
    postgres::Array<Record> records;
    records.append(execute_migration(planned));
    const Oid role = GetUserId();
    const postgres::OwnQueries own = postgres::begin_own_queries(extension);
    write_records(records, role);
    catalog::count_change(extension);
    postgres::end_own_queries(own);
    return;
  }
  const postgres::Array<Step> steps = divide(planned.script);
  if (needs_worker(steps))
    announce_transactions(planned, steps.size());
  run_in_worker(extension, planned.migration.filename, request.direction,
                planned.partial ? request.resume : Resume::look);
}

// What a constraint or a trigger has put off fails here.
void commit(const PlannedMigration &planned, Direction direction) {
  Location location;
  location.filename = planned.migration.filename;
  location.has_section = true;
  location.direction = direction;
  location.in_undo = planned.script.in_undo;
  enter_location(location);
  SPI_commit();
  leave_location(location);
}

void warn(const Plan &plan, int index, std::string_view last_applied) {
  if (plan.direction == Direction::up)
    warn_of_late_migration(plan.migrations[index], last_applied);
  else
    warn_of_passed_skips(plan, index);
}

// Runs the migrations of plan one by one; returns how many ran.
int run_all(const Extension &extension, const Plan &plan, const EachRequest &request, std::string_view last_applied) {
  int done = 0;
  for (int index = 0; index < plan.migrations.size(); index++) {
    const PlannedMigration &planned = plan.migrations[index];
    if (planned.skipped != nullptr) {
      announce_skip(planned);
      continue;
    }
    warn(plan, index, last_applied);
    if (request.dry_run) {
      announce_migration(planned, true);
      done++;
      continue;
    }
    announce_migration_of(planned, plan.direction, index + 1, plan.migrations.size());
    run_one(extension, planned, request);
    commit(planned, plan.direction);
    MemoryContextDelete(planned.memory);
    done++;
  }
  return done;
}

void run_planned(const Extension &extension, const EachRequest &request) {
  if (request.resume != Resume::look)
    refuse_nothing_partial(extension);
  Plan plan = make_plan(extension, request);
  plan.force = request.force;
  check_each_plan(extension, plan, request.resume == Resume::restart);
  check_baseline_hash(extension, plan);
  if (plan.migrations.empty()) {
    announce_nothing(plan);
    return;
  }
  const std::string_view last_applied =
      plan.direction == Direction::up ? read_last_applied(extension) : std::string_view{};
  if (!request.dry_run) {
    // The plan's snapshot ends here, and a missing worker shows before anything ran.
    SPI_commit();
    if (any_runs_in_worker(plan))
      check_worker_available();
  }
  const int done = run_all(extension, plan, request, last_applied);
  if (done == 0 && !request.dry_run)
    refuse_all_skipped(plan);
  announce_tip(plan);
  announce_end(plan.direction, done, request.dry_run);
}

} // namespace

void run_each(FunctionCallInfo fcinfo, const EachRequest &request) {
  const char *function = psprintf("%s()", request.procedure);
  check_not_in_migration(function);
  check_own_transaction(fcinfo, request);
  // Outlasts the transactions of the run.
  MemoryContext memory = AllocSetContextCreate(PortalContext, "pg_flux run", ALLOCSET_DEFAULT_SIZES);
  MemoryContext previous = MemoryContextSwitchTo(memory);
  SPI_connect_ext(SPI_OPT_NONATOMIC);
  MemoryContextSwitchTo(memory);
  if (request.dry_run) {
    run_planned(postgres::installed_extension(), request);
  } else {
    check_change_allowed(function);
    // Whoever waits with a snapshot may be waited for.
    SPI_commit();
    const Extension extension = begin_session_change(function);
    run_planned(extension, request);
    end_session_change(extension);
  }
  SPI_finish();
  MemoryContextSwitchTo(previous);
  MemoryContextDelete(memory);
}

} // namespace pg_flux::run
