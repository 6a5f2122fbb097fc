// Expressions and queries as PostgreSQL prints them once it has read what it printed before: x IN ('a') on a varchar
// prints as one text, and that text, read again, as another.
#pragma once

#include <string_view>

#include "postgres/compat.h"
#include "snapshot/description.h"

namespace pg_flux::snapshot {

// Text as it prints after it has been read, in the current memory context; text itself where it can no longer be read.
// Text is what pg_get_expr() prints of an expression on relation (InvalidOid for none), or what pg_get_viewdef() prints
// of a query. In the constraint of a domain, given by OID, VALUE has a meaning. To be called with the search_path with
// which it was printed, inside a transaction that may start a subtransaction, which takes its locks along. PostgreSQL
// errors may leave it.
std::string_view reparse(std::string_view text, Oid relation, Oid constraint = InvalidOid);

// The same for what describe_rows() has for row in a column that is parsed: also definitions of triggers and rules, SQL
// bodies and the constraints of domains.
std::string_view reparse(std::string_view text, const DescribedRow &row);

} // namespace pg_flux::snapshot
