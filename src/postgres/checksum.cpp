#include "postgres/checksum.h"

#include "postgres/strings.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "utils/fmgrprotos.h"
}

namespace pg_flux::postgres {

std::string_view sha256(std::string_view text) {
  std::string_view utf8 = text;
  if (GetDatabaseEncoding() != PG_UTF8 && GetDatabaseEncoding() != PG_SQL_ASCII)
    utf8 = pg_server_to_any(c_string(text), static_cast<int>(text.size()), PG_UTF8);
  const Datum digest = DirectFunctionCall1(sha256_bytea, text_datum(utf8));
  const Datum hexadecimal = DirectFunctionCall2(binary_encode, digest, text_datum("hex"));
  return view(hexadecimal);
}

} // namespace pg_flux::postgres
