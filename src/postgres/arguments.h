// Reads the arguments of SQL-callable functions. All raise 22004 (null_value_not_allowed) for a NULL that means
// nothing, and may raise what detoasting raises.
#pragma once

#include <string_view>

#include "postgres/compat.h"

namespace pg_flux::postgres {

// Argument index as text. name is the SQL name, for the message.
std::string_view text_argument(FunctionCallInfo fcinfo, int index, const char *name);

// Argument index as boolean.
bool bool_argument(FunctionCallInfo fcinfo, int index, const char *name);

// Argument index as a number of migrations. Raises 22023 for NULL and for numbers below 1.
int count_argument(FunctionCallInfo fcinfo, int index, const char *name);

} // namespace pg_flux::postgres
