#include "catalog/status.h"

#include "postgres/query.h"

namespace pg_flux::catalog {

void send_status(DestReceiver *receiver) {
  static postgres::Query query{"SELECT CASE WHEN a.filename IS NULL THEN 'pending' ELSE 'applied' END,"
                               " m.filename, a.applied_at, m.has_down"
                               " FROM pg_flux.migration m LEFT JOIN pg_flux.applied a ON a.filename = m.filename"
                               " ORDER BY m.filename",
                               0,
                               {}};
  postgres::run(query, receiver);
}

} // namespace pg_flux::catalog
