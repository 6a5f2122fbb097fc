// Writes migrations whose Down is derived from what their Up does.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// What to generate. combined: Up and Down in one text; undo: else the Down in a text of its own.
struct Order {
  std::string_view label;
  std::string_view up;
  bool combined;
  bool undo;
  bool dry_run;
};

// One file of a generated migration.
struct GeneratedFile {
  std::string_view filename;
  std::string_view body;
};

// Runs order.up in a subtransaction that is rolled back, writes the Down of what it did, verifies it, and registers the
// migration as pending unless order.dry_run. Warns of what the Down leaves to a person, and of what it does not
// restore. Raises 22023 for a label that makes no file name and for an up with a Down of its own, PF010 where a
// statement cannot run in a transaction, and what read_script(), try_scripts() and the statements raise.
postgres::Array<GeneratedFile> generate(const postgres::Extension &extension, const Order &order);

// The same for a registered pending migration without Down: returns the Down, and with store makes it the migration's.
// Raises 42704 where it is not registered, 55000 where it is applied or has a Down, PF011 where it is half done, 42501
// where a role with fewer rights registered it, and what generate() raises.
std::string_view generate_down(const postgres::Extension &extension, std::string_view filename, bool store);

} // namespace pg_flux::run
