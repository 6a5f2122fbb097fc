// The SQLSTATEs of pg_flux's own, everything else uses PostgreSQL's; and what kind of error one is.
#pragma once

#include "postgres/compat.h"

#define ERRCODE_PG_FLUX_FILE_RULE MAKE_SQLSTATE('P', 'F', '0', '0', '1') // a text breaks a rule of migration files
#define ERRCODE_PG_FLUX_BASELINE_MISMATCH MAKE_SQLSTATE('P', 'F', '0', '0', '2') // written against another catalog
#define ERRCODE_PG_FLUX_CHECKSUM MAKE_SQLSTATE('P', 'F', '0', '0', '3')    // the Up of an applied migration changed
#define ERRCODE_PG_FLUX_ALL_SKIPPED MAKE_SQLSTATE('P', 'F', '0', '0', '6') // nothing asked for could be rolled back
#define ERRCODE_PG_FLUX_AUTOCOMMIT MAKE_SQLSTATE('P', 'F', '0', '1', '0')  // cannot run inside a transaction
#define ERRCODE_PG_FLUX_PARTIAL MAKE_SQLSTATE('P', 'F', '0', '1', '1')     // half done, and what to do is not clear

namespace pg_flux::postgres {

// Errors that say something of the moment, not of the statement that met them.
inline bool is_of_the_moment(int sqlstate) {
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
  case ERRCODE_TO_CATEGORY(ERRCODE_TRANSACTION_ROLLBACK):
  case ERRCODE_TO_CATEGORY(ERRCODE_INSUFFICIENT_RESOURCES):
  case ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION):
  case ERRCODE_TO_CATEGORY(ERRCODE_SYSTEM_ERROR):
    return true;
  default:
    return sqlstate == ERRCODE_LOCK_NOT_AVAILABLE;
  }
}

} // namespace pg_flux::postgres
