#include "catalog/state.h"

#include "postgres/query.h"

namespace pg_flux::catalog {

void count_change() {
  // Inserted by the first change, not by the install script, so that a restored row finds its place free.
  static postgres::Query query{"INSERT INTO pg_flux.state (singleton, changes) VALUES (true, 1)"
                               " ON CONFLICT (singleton) DO UPDATE SET changes = state.changes + 1",
                               0,
                               {}};
  postgres::run(query);
}

} // namespace pg_flux::catalog
