// The shared library itself.

#include "api/settings.h"
#include "postgres/compat.h"
#include "run/protection.h"

extern "C" {
PG_MODULE_MAGIC;

// Not declared by the headers of 15, and what is not is hidden.
PGDLLEXPORT void _PG_init(void);

void _PG_init(void) {
  pg_flux::api::define_settings();
  pg_flux::run::install_protection();
}
}
