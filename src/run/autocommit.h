// Which statements cannot share a transaction with others.
#pragma once

#include "postgres/compat.h"

namespace pg_flux::run {

// The command, as PostgreSQL names it, where statement (a raw parse tree) needs a transaction of its own; NULL where it
// does not. Looks at the catalog for the kinds that depend on it, without locks: what another session or an earlier
// statement changes is found out only when the statement runs. PostgreSQL errors may leave it.
const char *autocommit_command(Node *statement);

// True where statement names a relation or a subscription that does not exist yet, so that only its turn tells whether
// it needs a transaction of its own. PostgreSQL errors may leave it.
bool autocommit_is_unknown(Node *statement);

// True for ALTER TYPE ... ADD VALUE, whose new value cannot be used before it is committed. Raises nothing.
bool adds_enum_value(Node *statement);

// True for DO and CALL, which may commit by themselves where they have a transaction of their own. Raises nothing.
bool may_commit(Node *statement);

} // namespace pg_flux::run
