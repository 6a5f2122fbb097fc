#include "catalog/status.h"

#include "postgres/query.h"

namespace pg_flux::catalog {

void send_status(DestReceiver *receiver) {
  static postgres::Query query{"SELECT CASE WHEN p.filename IS NOT NULL THEN 'partial'"
                               "  WHEN a.filename IS NULL THEN 'pending' ELSE 'applied' END,"
                               " m.filename, a.applied_at, m.has_down"
                               " FROM pg_flux.migration m"
                               " LEFT JOIN pg_flux.applied a ON a.filename = m.filename"
                               " LEFT JOIN pg_flux.partial p ON p.filename = m.filename AND p.number = 1"
                               " ORDER BY m.filename",
                               0,
                               {}};
  postgres::run(query, receiver);
}

} // namespace pg_flux::catalog
