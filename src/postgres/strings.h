// Between PostgreSQL's text values, C strings and std::string_view. PostgreSQL errors may leave all of these.
#pragma once

#include <string_view>

#include "postgres/compat.h"

namespace pg_flux::postgres {

// The bytes of a text value, detoasted into the current memory context where needed.
inline std::string_view view(Datum value) {
  text *detoasted = DatumGetTextPP(value);
  return {VARDATA_ANY(detoasted), VARSIZE_ANY_EXHDR(detoasted)};
}

// A NUL-terminated copy in the current memory context.
inline char *c_string(std::string_view string) { return pnstrdup(string.data(), string.size()); }

// A copy in the current memory context.
inline std::string_view copy(std::string_view string) { return {c_string(string), string.size()}; }

// A text value in the current memory context.
inline Datum text_datum(std::string_view string) {
  return PointerGetDatum(cstring_to_text_with_len(string.data(), static_cast<int>(string.size())));
}

} // namespace pg_flux::postgres
