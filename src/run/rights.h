// Nobody's text runs with rights that its author lacks.
#pragma once

#include <string_view>

#include "catalog/migration.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// Raises 42501 unless the role that registered migration exists and has all the privileges of the current, the session
// and the authenticated user: the text could take the place of any of them (RESET ROLE, SET SESSION AUTHORIZATION).
// Any one role that registered the present text will do.
void check_registrar(const postgres::Extension &extension, const catalog::Migration &migration);

// The OID of the role of that name; InvalidOid for one that no longer exists, or is missing after a restore.
Oid role_by_name(std::string_view name);

// True when role, by name, exists and has all the privileges of other.
bool covers(std::string_view role, Oid other);

} // namespace pg_flux::run
