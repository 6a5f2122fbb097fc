// While the SQL of a migration runs, pg_flux itself is out of its reach: no second run, no change of the pg_flux
// tables, no change of the extension.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// True while a statement of a migration runs in this backend. Raises nothing.
bool migration_is_running();

// What of pg_flux a running statement may change all the same.
enum class Reach { nothing, own_indexes };

// Says so. To be reset on every way out of the statement, errors included. Raises nothing.
void set_migration_running(bool value, Reach within = Reach::nothing);

// Raises 55000 during a migration. function is the name for the message.
void check_not_in_migration(const char *function);

// What everything that changes pg_flux asks first: raises 55000 during a migration, 25006 in a read-only transaction or
// on a standby, and 42501 in a security-restricted operation. function is the name for the message.
void check_change_allowed(const char *function);

// Installs the hook that refuses to drop or alter pg_flux and its parts during a migration. Called once, at load.
void install_protection();

} // namespace pg_flux::run
