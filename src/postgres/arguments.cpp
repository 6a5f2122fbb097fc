#include "postgres/arguments.h"

#include "postgres/strings.h"

namespace pg_flux::postgres {

namespace {

void refuse_null(FunctionCallInfo fcinfo, int index, const char *name) {
  if (PG_ARGISNULL(index))
    ereport(ERROR, (errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("argument \"%s\" must not be null", name)));
}

} // namespace

std::string_view text_argument(FunctionCallInfo fcinfo, int index, const char *name) {
  refuse_null(fcinfo, index, name);
  return view(PG_GETARG_DATUM(index));
}

bool bool_argument(FunctionCallInfo fcinfo, int index, const char *name) {
  refuse_null(fcinfo, index, name);
  return PG_GETARG_BOOL(index);
}

int count_argument(FunctionCallInfo fcinfo, int index, const char *name) {
  // Never "all" by accident.
  if (PG_ARGISNULL(index))
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("argument \"%s\" must not be null", name)));
  const int32 count = PG_GETARG_INT32(index);
  if (count < 1)
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("argument \"%s\" must be at least 1, not %d", name, count)));
  return count;
}

} // namespace pg_flux::postgres
