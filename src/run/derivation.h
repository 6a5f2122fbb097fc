// Derives the Down of one migration and tries it out.
#pragma once

#include <string_view>

#include "catalog/migration.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// A derived Down. sql may have comments only, or be empty; then has_statements is false.
struct Derivation {
  std::string_view sql;
  bool has_statements;
};

// Runs the Up of migration in a subtransaction that is rolled back and writes its Down; then runs both, and compares.
// Warns of what is left to a person, and where the Down does not restore the catalog. Raises PF010 where a statement
// cannot run in a transaction, the error of a statement of the Up, and what read_script() and try_scripts() raise.
Derivation derive_down(const postgres::Extension &extension, const catalog::Migration &migration);

} // namespace pg_flux::run
