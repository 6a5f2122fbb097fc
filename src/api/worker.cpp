// The entry points of the background worker.

#include "postgres/settings.h"
#include "run/change.h"
#include "run/order.h"
#include "run/section.h"

extern "C" {
#include "libpq/pqmq.h"
#include "mb/pg_wchar.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "tcop/tcopprot.h"
}

using namespace pg_flux;

extern "C" {
PGDLLEXPORT void pg_flux_worker_main(Datum argument);
PGDLLEXPORT void pg_flux_worker_probe(Datum argument);
}

static shm_toc *attach(Datum argument, dsm_segment **segment) {
  *segment = dsm_attach(DatumGetUInt32(argument));
  shm_toc *contents = *segment != nullptr ? shm_toc_attach(run::order_magic, dsm_segment_address(*segment)) : nullptr;
  if (contents == nullptr)
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("the caller of this background worker is gone")));
  return contents;
}

// From here on errors and notices go to the caller.
static void report_to_caller(dsm_segment *segment, shm_toc *contents) {
  auto *queue = static_cast<shm_mq *>(shm_toc_lookup(contents, run::messages_key, false));
  shm_mq_set_sender(queue, MyProc);
  pq_redirect_to_shm_mq(segment, shm_mq_attach(queue, segment, nullptr));
}

static void set_option(const char *name, const char *value) { SetConfigOption(name, value, PGC_SUSET, PGC_S_SESSION); }

// Connects as the authenticated user and no one stronger, then becomes whom that user had become: a text that resets
// its role, or its session user, gets no further than the caller itself could.
static void become_caller(const run::Order &order, shm_toc *contents) {
  BackgroundWorkerInitializeConnectionByOid(order.database, order.authenticated_user, 0);
  StartTransactionCommand();
  RestoreGUCState(shm_toc_lookup(contents, run::settings_key, false));
  if (order.session_user != order.authenticated_user)
    set_option("session_authorization", GetUserNameFromId(order.session_user, false));
  if (OidIsValid(order.current_role))
    set_option("role", GetUserNameFromId(order.current_role, false));
  postgres::make_strings_standard(GUC_ACTION_SET);
  CommitTransactionCommand();
  // Reports are written in the encoding of the database, which the caller translates for its client.
  (void)SetClientEncoding(GetDatabaseEncoding());
}

void pg_flux_worker_main(Datum argument) {
  pqsignal(SIGINT, StatementCancelHandler);
  pqsignal(SIGTERM, die);
  BackgroundWorkerUnblockSignals();
  MemoryContextSwitchTo(TopMemoryContext);

  dsm_segment *segment = nullptr;
  shm_toc *contents = attach(argument, &segment);
  report_to_caller(segment, contents);
  auto *order = static_cast<run::Order *>(shm_toc_lookup(contents, run::order_key, false));
  become_caller(*order, contents);

  StartTransactionCommand();
  run::lock_as_worker(order->extension);
  CommitTransactionCommand();
  run::run_section(order->extension, order->filename, order->direction, order->resume);
  order->finished = true;
}

// Shows, by starting and ending, that a background worker can be had.
void pg_flux_worker_probe(Datum) {}
