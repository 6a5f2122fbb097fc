// Checksums of texts.
#pragma once

#include <string_view>

#include "postgres/compat.h"

namespace pg_flux::postgres {

// SHA-256 of text in UTF-8, as 64 hexadecimal digits in the current memory context; by PostgreSQL's own sha256(). The
// bytes of a SQL_ASCII database are taken as they are. PostgreSQL errors may leave it.
std::string_view sha256(std::string_view text);

} // namespace pg_flux::postgres
