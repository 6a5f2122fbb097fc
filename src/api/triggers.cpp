// The trigger functions of the pg_flux tables.

#include "postgres/entry.h"
#include "run/protection.h"

extern "C" {
#include "commands/trigger.h"
#include "replication/logicalworker.h"
#include "utils/rel.h"
}

using namespace pg_flux;

static TriggerData *trigger_data(FunctionCallInfo fcinfo) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    ereport(ERROR, (errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
                    errmsg("this function of pg_flux can only be called as a trigger")));
  return reinterpret_cast<TriggerData *>(fcinfo->context);
}

// How a trigger says that there is no row.
static constexpr Datum no_row = 0;

PG_FLUX_FUNCTION(pg_flux_refuse_during_run) {
  const TriggerData *trigger = trigger_data(fcinfo);
  if (run::migration_is_running())
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("a migration cannot change table pg_flux.%s", RelationGetRelationName(trigger->tg_relation)),
                    errdetail("It is part of pg_flux, which runs the migration.")));
  return no_row;
}

// The rows of a publisher tell what is applied there, not here. Returning no row passes over the change.
PG_FLUX_FUNCTION(pg_flux_skip_replicated) {
  const TriggerData *trigger = trigger_data(fcinfo);
  if (IsLogicalWorker())
    return no_row;
  return PointerGetDatum(TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ? trigger->tg_newtuple : trigger->tg_trigtuple);
}
