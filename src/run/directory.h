// The migration files in a directory of the server.
#pragma once

#include <string_view>

#include "postgres/array.h"
#include "postgres/compat.h"
#include "run/registration.h"

namespace pg_flux::run {

// The names of the migration files of a directory in byte order, each checked to have, where it has one, its undo file
// beside it. Raises 42501 without the rights of pg_read_server_files, what opening the directory raises (58P01 where it
// does not exist), and PF001 where an undo file stands alone.
postgres::Array<std::string_view> migration_files(const char *directory);

// Reads one migration of directory with its undo file, in the database's encoding, into the current memory context.
// Files are UTF-8. Raises 22021 for what is not, and what reading raises.
Submission read_migration_file(const char *directory, std::string_view filename);

} // namespace pg_flux::run
