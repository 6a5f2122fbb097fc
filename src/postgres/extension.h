// The installed extension as the database knows it.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::postgres {

struct Extension {
  Oid oid;
  Oid owner;
};

// Looks pg_flux up in pg_extension. Raises 42704 when it is not installed in this database.
Extension installed_extension();

} // namespace pg_flux::postgres
