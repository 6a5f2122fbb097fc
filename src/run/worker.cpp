#include "run/worker.h"

#include <csignal>

#include "run/change.h"
#include "run/location.h"
#include "run/order.h"

extern "C" {
#include "libpq/pqformat.h"
#include "libpq/pqmq.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/shm_mq.h"
#include "storage/shm_toc.h"
#include "utils/snapmgr.h"
#include "utils/wait_event.h"
}

namespace pg_flux::run {

namespace {

// A worker and what connects us with it. In memory of the portal, since a cleanup looks at it.
struct Worker {
  dsm_segment *segment;
  Order *order;
  shm_mq_handle *messages;
  BackgroundWorkerHandle *handle;
  ErrorData *error; // that it reported; raised when it has ended
};

constexpr long patience_milliseconds = 5000;
constexpr long poll_milliseconds = 100;
constexpr long watch_milliseconds = 1000;

void fill_order(Order &order, const postgres::Extension &extension, std::string_view filename,
                format::Direction direction, Resume resume) {
  order.database = MyDatabaseId;
  order.extension = extension;
  order.authenticated_user = GetAuthenticatedUserId();
  order.session_user = GetSessionUserId();
  order.current_role = GetCurrentRoleId();
  order.direction = direction;
  order.resume = resume;
  strlcpy(order.filename, pnstrdup(filename.data(), filename.size()), sizeof order.filename);
  order.finished = false;
}

void create_segment(Worker &worker, const postgres::Extension &extension, std::string_view filename,
                    format::Direction direction, Resume resume) {
  const Size settings_size = EstimateGUCStateSpace();
  shm_toc_estimator estimator;
  shm_toc_initialize_estimator(&estimator);
  shm_toc_estimate_chunk(&estimator, sizeof(Order));
  shm_toc_estimate_chunk(&estimator, settings_size);
  shm_toc_estimate_chunk(&estimator, message_queue_size);
  shm_toc_estimate_keys(&estimator, 3);
  const Size size = shm_toc_estimate(&estimator);
  worker.segment = dsm_create(size, 0);
  shm_toc *contents = shm_toc_create(order_magic, dsm_segment_address(worker.segment), size);

  worker.order = static_cast<Order *>(shm_toc_allocate(contents, sizeof(Order)));
  fill_order(*worker.order, extension, filename, direction, resume);
  shm_toc_insert(contents, order_key, worker.order);
  auto *settings = static_cast<char *>(shm_toc_allocate(contents, settings_size));
  SerializeGUCState(settings_size, settings);
  shm_toc_insert(contents, settings_key, settings);
  shm_mq *queue = shm_mq_create(shm_toc_allocate(contents, message_queue_size), message_queue_size);
  shm_toc_insert(contents, messages_key, queue);
  shm_mq_set_receiver(queue, MyProc);
  worker.messages = shm_mq_attach(queue, worker.segment, nullptr);
}

BackgroundWorker worker_registration(const char *function, Datum argument) {
  BackgroundWorker registration{};
  registration.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
  registration.bgw_start_time = BgWorkerStart_ConsistentState;
  registration.bgw_restart_time = BGW_NEVER_RESTART;
  registration.bgw_main_arg = argument;
  registration.bgw_notify_pid = MyProcPid;
  // As the SQL functions name it.
  strlcpy(registration.bgw_library_name, "$libdir/pg_flux", sizeof registration.bgw_library_name);
  strlcpy(registration.bgw_function_name, function, sizeof registration.bgw_function_name);
  strlcpy(registration.bgw_type, "pg_flux worker", sizeof registration.bgw_type);
  snprintf(registration.bgw_name, sizeof registration.bgw_name, "pg_flux worker for process %d", MyProcPid);
  return registration;
}

BackgroundWorkerHandle *start(BackgroundWorker registration) {
  BackgroundWorkerHandle *handle = nullptr;
  if (!RegisterDynamicBackgroundWorker(&registration, &handle))
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_RESOURCES), errmsg("no background worker is free"),
                    errdetail("A statement that cannot run inside a transaction runs in one."),
                    errhint("Increase max_worker_processes, or call again when fewer are in use.")));
  return handle;
}

// What the worker's statements wait for includes our snapshot, had we one.
void check_no_snapshot() {
  InvalidateCatalogSnapshot();
  if (TransactionIdIsValid(MyProc->xmin))
    elog(ERROR, "pg_flux holds a snapshot while it waits for its worker");
}

void signal_worker(const Worker &worker, int signal) {
  pid_t pid = 0;
  if (GetBackgroundWorkerPid(worker.handle, &pid) == BGWH_STARTED)
    kill(pid, signal);
  else
    TerminateBackgroundWorker(worker.handle);
}

bool has_stopped(const Worker &worker) {
  pid_t pid = 0;
  const BgwHandleStatus status = GetBackgroundWorkerPid(worker.handle, &pid);
  return status == BGWH_STOPPED || status == BGWH_POSTMASTER_DIED;
}

// Cancels the worker, and waits until it is gone: what it runs must not outlive the lock. One that does not obey is
// terminated, never killed: that would restart the whole server. Called when an error or the end of the session
// interrupts us, so nothing here may be interrupted again.
void stop_worker(int, Datum argument) {
  auto &worker = *reinterpret_cast<Worker *>(DatumGetPointer(argument));
  HOLD_INTERRUPTS();
  // Nobody reads its messages now; a full queue must not hold it up.
  shm_mq_detach(worker.messages);
  signal_worker(worker, SIGINT);
  for (long waited = 0; !has_stopped(worker); waited += poll_milliseconds) {
    if (waited == patience_milliseconds)
      TerminateBackgroundWorker(worker.handle);
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, poll_milliseconds, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
  }
  RESUME_INTERRUPTS();
}

// Sends a notice on, and keeps an error until the worker has ended.
void relay(Worker &worker, void *data, Size size) {
  StringInfoData message;
  initStringInfo(&message);
  appendBinaryStringInfo(&message, static_cast<char *>(data), static_cast<int>(size));
  const int type = pq_getmsgbyte(&message);
  if (type != 'E' && type != 'N')
    return;
  auto *report = static_cast<ErrorData *>(palloc0(sizeof(ErrorData)));
  pq_parse_errornotice(&message, report);
  if (type == 'E')
    worker.error = report;
  else
    ThrowErrorData(report);
}

// A text that touches the extension itself waits for the lock that we hold for it, and we for the text.
void refuse_wait_for_caller(const Worker &worker) {
  pid_t pid = 0;
  if (GetBackgroundWorkerPid(worker.handle, &pid) == BGWH_STARTED && waits_for_changes(worker.order->extension, pid))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("a migration cannot drop or alter extension pg_flux"),
                    errdetail("It is part of pg_flux, which runs the migration.")));
}

void relay_until_end(Worker &worker) {
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    Size size = 0;
    void *data = nullptr;
    const shm_mq_result result = shm_mq_receive(worker.messages, &size, &data, true);
    if (result == SHM_MQ_SUCCESS) {
      relay(worker, data, size);
      continue;
    }
    if (result == SHM_MQ_DETACHED)
      return;
    check_no_snapshot();
    const int events =
        WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, watch_milliseconds, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
    if ((events & WL_TIMEOUT) != 0)
      refuse_wait_for_caller(worker);
  }
}

void raise_worker_error(ErrorData *error) {
  // The end of the worker is not the end of this session, which a driver would take from the code.
  error->elevel = ERROR;
  if (error->sqlerrcode == ERRCODE_ADMIN_SHUTDOWN)
    error->sqlerrcode = ERRCODE_QUERY_CANCELED;
  ThrowErrorData(error);
}

} // namespace

void run_in_worker(const postgres::Extension &extension, std::string_view filename, format::Direction direction,
                   Resume resume) {
  auto *worker = static_cast<Worker *>(palloc0(sizeof(Worker)));
  create_segment(*worker, extension, filename, direction, resume);
  worker->handle =
      start(worker_registration("pg_flux_worker_main", UInt32GetDatum(dsm_segment_handle(worker->segment))));
  shm_mq_set_handle(worker->messages, worker->handle);
  Location location;
  location.filename = filename;
  location.has_section = true;
  location.direction = direction;
  enter_location(location);
  PG_ENSURE_ERROR_CLEANUP(stop_worker, PointerGetDatum(worker));
  {
    relay_until_end(*worker);
    (void)WaitForBackgroundWorkerShutdown(worker->handle);
  }
  PG_END_ENSURE_ERROR_CLEANUP(stop_worker, PointerGetDatum(worker));
  leave_location(location);
  const bool finished = worker->order->finished;
  dsm_detach(worker->segment);
  if (worker->error != nullptr)
    raise_worker_error(worker->error);
  if (!finished)
    ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR), errmsg("a background worker of pg_flux ended unexpectedly"),
                    errhint("The server log says why.")));
}

void check_worker_available() {
  BackgroundWorkerHandle *handle = start(worker_registration("pg_flux_worker_probe", 0));
  (void)WaitForBackgroundWorkerShutdown(handle);
  pfree(handle);
}

} // namespace pg_flux::run
