// How C++ exceptions and PostgreSQL errors cross.
//
// PostgreSQL errors are longjmps: they skip destructors. So above src/format nothing that is alive while PostgreSQL is
// called has a destructor: locals are trivially destructible, memory is palloc'd. C++ exceptions come only from
// src/format (and from the standard library below it); call() turns them into PostgreSQL errors on the spot, and
// enter(), around every SQL-callable function, is the net below it.
#pragma once

#include <utility>

#include "postgres/compat.h"

namespace pg_flux::postgres {

// What is left of an exception: no destructor, so that a PostgreSQL error can be raised from it.
struct Failure {
  int sqlstate;
  unsigned long line; // of the text that is to blame, 0 for none
  char message[400];
};

// Describes the exception that is being handled. For use in a catch block only; raises and throws nothing.
Failure describe_exception() noexcept;

// Raises failure as a PostgreSQL error: PF001 for format::Error, 53200 for std::bad_alloc, XX000 for others.
[[noreturn]] void raise(const Failure &failure);

// Runs function and returns what it returns; an exception of it leaves as a PostgreSQL error. function must not call
// PostgreSQL, and returns something trivially destructible.
template <typename Function> auto call(Function &&function) {
  Failure failure;
  try {
    return std::forward<Function>(function)();
  } catch (...) {
    failure = describe_exception();
  }
  raise(failure);
}

using FunctionBody = Datum (*)(FunctionCallInfo);

// Calls body; an exception that reaches it leaves as a PostgreSQL error.
Datum enter(FunctionBody body, FunctionCallInfo fcinfo);

} // namespace pg_flux::postgres

// Defines the SQL-callable function NAME. To be followed by its body, which sees fcinfo and returns a Datum.
#define PG_FLUX_FUNCTION(NAME)                                                                                         \
  extern "C" {                                                                                                         \
  PGDLLEXPORT Datum NAME(PG_FUNCTION_ARGS);                                                                            \
  PG_FUNCTION_INFO_V1(NAME);                                                                                           \
  }                                                                                                                    \
  static Datum NAME##_body(FunctionCallInfo fcinfo);                                                                   \
  extern "C" Datum NAME(PG_FUNCTION_ARGS) { return pg_flux::postgres::enter(NAME##_body, fcinfo); }                    \
  static Datum NAME##_body([[maybe_unused]] FunctionCallInfo fcinfo)
