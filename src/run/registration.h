// Storing, replacing and forgetting the texts of migrations.
#pragma once

#include <string_view>

#include "postgres/compat.h"
#include "postgres/extension.h"

namespace pg_flux::run {

// What becomes of one migration; undo has no data where there is no undo file.
struct Submission {
  std::string_view filename;
  std::string_view body;
  std::string_view undo;
};

// All of these run after begin_change(). They raise 22023 for a file name that is not allowed, and what their comments
// say.

// Stores a migration, or replaces its text; of an applied one only the Down may change. Returns "added", "updated" or
// "unchanged". Raises what read_script() raises, PF003 where the Up of an applied migration differs, and PF011 where
// the text of a half done one differs in what is done.
const char *register_migration(const postgres::Extension &extension, const Submission &submission);

// Replaces the text of an applied migration with the checksum of its Up. Returns "repaired" or "unchanged". Raises what
// read_script() raises, 42704 where it is not registered, 55000 where it is not applied, and PF011 where it is half
// done.
const char *repair_migration(const postgres::Extension &extension, const Submission &submission);

// Forgets a pending migration. Raises 42704 where it is not registered, 55000 where it is applied, and PF011 where it
// is half done.
void unregister_migration(const postgres::Extension &extension, std::string_view filename);

// Raises 42704: filename is not registered.
[[noreturn]] void refuse_unregistered(std::string_view filename);

} // namespace pg_flux::run
