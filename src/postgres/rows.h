// The result of a set-returning function, materialized: one call is one run, however few rows the caller fetches.
#pragma once

#include <string_view>

#include "postgres/compat.h"

extern "C" {
#include "utils/timestamp.h"
}

namespace pg_flux::postgres {

// One column value; NULL without data.
struct Column {
  Datum value;
  bool is_null;
};

inline constexpr Column null_column{0, true};

// Columns of the types that pg_flux returns. text_column() of a nullptr or of a view without data is NULL.
Column text_column(std::string_view string);
Column text_column(const char *string);
Column int_column(int32 value);
Column bool_column(bool value);
Column name_column(const char *name);
Column time_column(TimestampTz time);
// A duration of that many microseconds, as an interval.
Column interval_column(int64 microseconds);

// Prepares fcinfo for materialized rows. Raises 0A000 where the caller cannot take a set.
void begin_rows(FunctionCallInfo fcinfo);

// Appends one row. PostgreSQL errors may leave it.
void append_row(FunctionCallInfo fcinfo, const Column *columns, int count);
template <int count> void append_row(FunctionCallInfo fcinfo, const Column (&columns)[count]) {
  append_row(fcinfo, columns, count);
}

// A receiver that appends what a query sends to it.
DestReceiver *rows_receiver(FunctionCallInfo fcinfo);

} // namespace pg_flux::postgres
