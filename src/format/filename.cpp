#include "format/filename.h"

#include <algorithm>

#include "format/error.h"

namespace pg_flux::format {

namespace {

bool is_control(char byte) noexcept { return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f; }

} // namespace

void check_filename(std::string_view filename) {
  if (filename.empty())
    throw Error("file name is empty");
  if (filename.size() > max_filename_bytes)
    throw Error("file name is longer than " + std::to_string(max_filename_bytes) + " bytes");
  if (std::any_of(filename.begin(), filename.end(), is_control))
    throw Error("file name has a control character");
  if (filename.find_first_of("/\\") != std::string_view::npos)
    throw Error("file name has a directory part");
  if (!is_sql_file(filename))
    throw Error("file name does not end in \".sql\"");
  if (is_undo_file(filename))
    throw Error("file name ends in \"_undo.sql\"");
  if (filename == migration_suffix)
    throw Error("file name has nothing before \".sql\"");
}

bool is_sql_file(std::string_view filename) noexcept { return filename.ends_with(migration_suffix); }

bool is_undo_file(std::string_view filename) noexcept { return filename.ends_with(undo_suffix); }

} // namespace pg_flux::format
