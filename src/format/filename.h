// What a migration may be called.
#pragma once

#include <cstddef>
#include <string_view>

namespace pg_flux::format {

inline constexpr std::size_t max_filename_bytes = 255;
inline constexpr std::string_view migration_suffix = ".sql";
inline constexpr std::string_view undo_suffix = "_undo.sql";

// Throws Error unless filename names a migration: 5 to 255 bytes, ends in .sql and not in _undo.sql, has no directory
// part (neither / nor \), no control character (below 0x20, or 0x7f), and something before .sql.
void check_filename(std::string_view filename);

// True for names that end in .sql, those of undo files included.
bool is_sql_file(std::string_view filename) noexcept;

// True for names that end in _undo.sql.
bool is_undo_file(std::string_view filename) noexcept;

} // namespace pg_flux::format
