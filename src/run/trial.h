// Runs sections of a migration to see what they do, and takes it all back.
#pragma once

#include <string_view>

#include "catalog/migration.h"
#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"
#include "run/script.h"
#include "snapshot/difference.h"
#include "snapshot/observation.h"

namespace pg_flux::run {

// What came of a trial.
struct Trial {
  bool completed; // else failures has something, and there is no observation
  snapshot::Observation observation;
  postgres::Array<snapshot::Difference> failures;
  ErrorData *error; // that of a statement; NULL where none failed
};

// How a trial is observed.
struct TrialOptions {
  bool strict;               // the position of columns counts
  snapshot::ExtrasOf extras; // what else is read of each row
};

// Runs scripts one after the other in a subtransaction, with the caller's rights, each with the settings of the caller
// and with its deferred constraints checked at its end; observes what changed; and rolls all of it back. CONCURRENTLY
// is left out. An error of a statement, or a statement that no subtransaction takes, is in failures. Raises what stops
// the trial and not the statement: cancel, lock timeout, deadlock, lack of resources; and 40001 where another session
// changed what the trial did.
Trial try_scripts(const postgres::Extension &extension, std::string_view filename,
                  const postgres::Array<const Script *> &scripts, const TrialOptions &options);

} // namespace pg_flux::run
