#include "postgres/notices.h"

// Its header brings those of the libraries for encryption, which need not be installed; nothing here looks into a
// connection.
#undef ENABLE_GSS
#undef USE_OPENSSL
extern "C" {
#include "libpq/libpq.h"
#include "portability/instr_time.h"
}

namespace pg_flux::postgres {

namespace {

// True once in ten milliseconds.
bool sending_is_due() {
  constexpr double pause = 10;
  static instr_time sent;
  instr_time now;
  instr_time elapsed;
  INSTR_TIME_SET_CURRENT(now);
  elapsed = now;
  INSTR_TIME_SUBTRACT(elapsed, sent);
  if (INSTR_TIME_GET_MILLISEC(elapsed) < pause)
    return false;
  sent = now;
  return true;
}

void raise(const char *message) { ereport(NOTICE, (errmsg_internal("%s", message))); }

// Leaves the message in the buffer of the connection, which is sent when it is full, with the next message of another
// kind, and at the end of the command.
void raise_unsent(const char *message) {
  const PQcommMethods *const methods = PqCommMethods;
  static PQcommMethods unsent;
  unsent = *methods;
  unsent.flush = [] { return 0; };
  PG_TRY();
  {
    PqCommMethods = &unsent;
    raise(message);
  }
  PG_FINALLY();
  { PqCommMethods = methods; }
  PG_END_TRY();
}

} // namespace

void gather_notice(const char *message) {
  if (sending_is_due())
    raise(message);
  else
    raise_unsent(message);
}

} // namespace pg_flux::postgres
