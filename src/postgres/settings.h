// The settings that decide how a text is read.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::postgres {

// Switches standard_conforming_strings on: for the session, or, with GUC_ACTION_SAVE, to the end of the present nest
// level of settings. PostgreSQL errors may leave it.
inline void make_strings_standard(GucAction action) {
  if (!strings_are_standard())
    (void)set_config_option("standard_conforming_strings", "on", PGC_USERSET, PGC_S_SESSION, action, true, 0, false);
}

} // namespace pg_flux::postgres
