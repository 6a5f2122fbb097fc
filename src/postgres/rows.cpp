#include "postgres/rows.h"

#include "postgres/strings.h"

extern "C" {
#include "executor/tstoreReceiver.h"
#include "tcop/dest.h"
}

namespace pg_flux::postgres {

namespace {

constexpr int max_columns = 8;

ReturnSetInfo *result_of(FunctionCallInfo fcinfo) { return reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo); }

} // namespace

Column text_column(std::string_view string) {
  return string.data() == nullptr ? null_column : Column{text_datum(string), false};
}

Column text_column(const char *string) {
  return string == nullptr ? null_column : text_column(std::string_view(string));
}

Column int_column(int32 value) { return {Int32GetDatum(value), false}; }

Column bool_column(bool value) { return {BoolGetDatum(value), false}; }

Column name_column(const char *name) {
  auto *column = static_cast<Name>(palloc(NAMEDATALEN));
  namestrcpy(column, name);
  return {NameGetDatum(column), false};
}

Column time_column(TimestampTz time) { return {TimestampTzGetDatum(time), false}; }

Column interval_column(int64 microseconds) {
  auto *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
  interval->time = microseconds;
  return {IntervalPGetDatum(interval), false};
}

void begin_rows(FunctionCallInfo fcinfo) { InitMaterializedSRF(fcinfo, 0); }

void append_row(FunctionCallInfo fcinfo, const Column *columns, int count) {
  Datum values[max_columns];
  bool nulls[max_columns];
  Assert(count <= max_columns && count == result_of(fcinfo)->setDesc->natts);
  for (int index = 0; index < count; index++) {
    values[index] = columns[index].value;
    nulls[index] = columns[index].is_null;
  }
  tuplestore_putvalues(result_of(fcinfo)->setResult, result_of(fcinfo)->setDesc, values, nulls);
}

DestReceiver *rows_receiver(FunctionCallInfo fcinfo) {
  DestReceiver *receiver = CreateDestReceiver(DestTuplestore);
  SetTuplestoreDestReceiverParams(receiver, result_of(fcinfo)->setResult,
                                  result_of(fcinfo)->econtext->ecxt_per_query_memory, true, nullptr, nullptr);
  return receiver;
}

} // namespace pg_flux::postgres
