// What is more than an expression or a query, read and printed again.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::snapshot {

// All of these read text, as PostgreSQL prints it with the search_path of the moment, and return it as it prints then,
// in the current memory context. They return text itself where they do not know what it says. What parse analysis
// raises may leave them; the locks that it takes stay.

// The definition of a trigger on relation, with the condition of its WHEN.
const char *reparse_trigger(const char *text, Oid relation);

// The definition of a rule on relation.
const char *reparse_rule(const char *text, Oid relation);

// The SQL body of a function, which comes back with numbers for the names of parameters.
const char *reparse_body(const char *text, Oid function);

// The definition of an exclusion constraint on relation; whether it is deferrable is not in it any more.
const char *reparse_exclusion(const char *text, Oid relation);

// The CHECK expression of a domain's constraint.
const char *reparse_domain_constraint(const char *text, Oid constraint);

} // namespace pg_flux::snapshot
