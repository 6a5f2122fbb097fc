// Proves that the Down of a migration undoes its Up.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/extension.h"
#include "run/script.h"
#include "snapshot/difference.h"

namespace pg_flux::run {

// Runs first and then second in a subtransaction that is rolled back, and returns where the catalog differs from what
// it was before; nothing where it does not. Raises what try_scripts() raises.
postgres::Array<snapshot::Difference> verify_scripts(const postgres::Extension &extension, std::string_view filename,
                                                     const Script &first, const Script &second, bool strict);

// The same for a registered migration: Up and Down of a pending one, Down and Up of an applied one. Raises 42704 where
// it is not registered, 55000 where it has no Down SQL, PF011 where it is half done, 42501 where a role with fewer
// rights registered it, and what read_script() and try_scripts() raise.
postgres::Array<snapshot::Difference> verify_migration(const postgres::Extension &extension, std::string_view filename,
                                                       bool strict);

} // namespace pg_flux::run
