// The SQLSTATEs of pg_flux's own. Everything else uses PostgreSQL's.
#pragma once

#include "postgres/compat.h"

#define ERRCODE_PG_FLUX_FILE_RULE MAKE_SQLSTATE('P', 'F', '0', '0', '1') // a text breaks a rule of migration files
#define ERRCODE_PG_FLUX_BASELINE_MISMATCH MAKE_SQLSTATE('P', 'F', '0', '0', '2') // written against another catalog
#define ERRCODE_PG_FLUX_CHECKSUM MAKE_SQLSTATE('P', 'F', '0', '0', '3')    // the Up of an applied migration changed
#define ERRCODE_PG_FLUX_ALL_SKIPPED MAKE_SQLSTATE('P', 'F', '0', '0', '6') // nothing asked for could be rolled back
#define ERRCODE_PG_FLUX_AUTOCOMMIT MAKE_SQLSTATE('P', 'F', '0', '1', '0')  // cannot run inside a transaction
#define ERRCODE_PG_FLUX_PARTIAL MAKE_SQLSTATE('P', 'F', '0', '1', '1')     // half done, and what to do is not clear
