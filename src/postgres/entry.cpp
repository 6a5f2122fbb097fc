#include "postgres/entry.h"

#include <cstdio>
#include <exception>
#include <new>

#include "format/error.h"
#include "postgres/sqlstate.h"

namespace pg_flux::postgres {

namespace {

Failure make_failure(int sqlstate, unsigned long line, const char *message) noexcept {
  Failure failure{sqlstate, line, {}};
  std::snprintf(failure.message, sizeof failure.message, "%s", message);
  return failure;
}

} // namespace

Failure describe_exception() noexcept {
  try {
    throw;
  } catch (const format::Error &error) {
    return make_failure(ERRCODE_PG_FLUX_FILE_RULE, error.line(), error.what());
  } catch (const std::bad_alloc &) {
    return make_failure(ERRCODE_OUT_OF_MEMORY, 0, "out of memory");
  } catch (const std::exception &error) {
    return make_failure(ERRCODE_INTERNAL_ERROR, 0, error.what());
  } catch (...) {
    return make_failure(ERRCODE_INTERNAL_ERROR, 0, "unknown C++ exception in pg_flux");
  }
}

void raise(const Failure &failure) {
  ereport(ERROR, (errcode(failure.sqlstate), errmsg("%s", failure.message),
                  failure.line > 0 ? errdetail("It stands on line %lu.", failure.line) : 0));
  pg_unreachable();
}

Datum enter(FunctionBody body, FunctionCallInfo fcinfo) {
  // An exception that got here has left frames that may have changed these two.
  auto *context_stack = error_context_stack;
  auto *exception_stack = PG_exception_stack;
  Failure failure;
  try {
    return body(fcinfo);
  } catch (...) {
    failure = describe_exception();
  }
  error_context_stack = context_stack;
  PG_exception_stack = exception_stack;
  raise(failure);
}

} // namespace pg_flux::postgres
