// Runs one migration inside the caller's transaction.
#pragma once

#include "postgres/compat.h"
#include "run/plan.h"
#include "run/record.h"

namespace pg_flux::run {

// Runs the statements of planned with the caller's rights, and undoes the settings they changed. Returns what is to be
// written of it. Raises what the statements raise, with the place in the file in the context.
Record execute_migration(const PlannedMigration &planned);

// Runs text, one statement, through SPI inside the open transaction; its rows go nowhere. Raises what it raises, and
// 55000 where it switched standard_conforming_strings off.
void execute_statement(const char *text);

// Raises 55000 when standard_conforming_strings is off. Asked after every statement of a migration.
void refuse_changed_quoting();

} // namespace pg_flux::run
