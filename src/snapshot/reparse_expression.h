// Expressions read and printed again.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::snapshot {

// An expression on relation (InvalidOid for none) as the parser gives it, printed; NULL where it has no type of its
// own. What parse analysis raises may leave it; the locks that it takes stay.
const char *print_expression(Node *parsed, Oid relation);

// A list of expressions on relation, as one text with commas, the same; text itself where one has no type.
const char *reparse_expressions(const char *text, Oid relation);

} // namespace pg_flux::snapshot
