#include "run/directory.h"

#include <algorithm>

#include "format/filename.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"

extern "C" {
#include <sys/stat.h>

#include "catalog/pg_authid.h"
#include "mb/pg_wchar.h"
#include "storage/fd.h"
#include "utils/acl.h"
}

namespace pg_flux::run {

namespace {

using postgres::Array;

bool is_regular_file(const char *path) {
  struct stat status;
  if (stat(path, &status) != 0)
    ereport(ERROR, (errcode_for_file_access(), errmsg("could not stat file \"%s\": %m", path)));
  return S_ISREG(status.st_mode);
}

// In the order of their bytes, which does not depend on a locale.
Array<std::string_view> sql_files(const char *directory) {
  Array<std::string_view> names;
  DIR *open_directory = AllocateDir(directory);
  if (open_directory == nullptr && errno == ENAMETOOLONG) // which would be an internal error
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("directory name is too long")));
  while (const dirent *entry = ReadDir(open_directory, directory)) {
    // As a shell's *.sql: an editor's hidden files are not meant.
    if (entry->d_name[0] != '.' && format::is_sql_file(entry->d_name) &&
        is_regular_file(psprintf("%s/%s", directory, entry->d_name)))
      names.append(postgres::copy(entry->d_name));
  }
  FreeDir(open_directory);
  std::sort(names.begin(), names.end());
  return names;
}

std::string_view undo_name(std::string_view filename) {
  return psprintf("%.*s%s", static_cast<int>(filename.size() - format::migration_suffix.size()), filename.data(),
                  format::undo_suffix.data());
}

std::string_view migration_name(std::string_view undo_file) {
  return psprintf("%.*s%s", static_cast<int>(undo_file.size() - format::undo_suffix.size()), undo_file.data(),
                  format::migration_suffix.data());
}

// Opens path for reading; nullptr where there is no such file and that is allowed.
FILE *open_file(const char *path, bool missing_allowed) {
  FILE *file = AllocateFile(path, PG_BINARY_R);
  if (file == nullptr && !(missing_allowed && errno == ENOENT))
    ereport(ERROR, (errcode_for_file_access(), errmsg("could not open file \"%s\" for reading: %m", path)));
  return file;
}

std::string_view read_bytes(FILE *file, const char *path) {
  StringInfoData bytes;
  initStringInfo(&bytes);
  for (;;) {
    CHECK_FOR_INTERRUPTS();
    char chunk[65536];
    const std::size_t size = fread(chunk, 1, sizeof chunk, file);
    if (ferror(file))
      ereport(ERROR, (errcode_for_file_access(), errmsg("could not read file \"%s\": %m", path)));
    if (size == 0)
      break;
    appendBinaryStringInfo(&bytes, chunk, static_cast<int>(size));
  }
  return {bytes.data, static_cast<std::size_t>(bytes.len)};
}

void name_file(void *path) { errcontext("file \"%s\"", static_cast<const char *>(path)); }

// Migration files are UTF-8, whatever the client and the database speak. A byte order mark goes first: not every
// encoding has a place for it.
std::string_view to_database_encoding(std::string_view bytes, char *path) {
  ErrorContextCallback context{error_context_stack, name_file, path};
  error_context_stack = &context;
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (bytes.starts_with(byte_order_mark))
    bytes.remove_prefix(byte_order_mark.size());
  const char *text = bytes.data();
  if (GetDatabaseEncoding() == PG_SQL_ASCII)
    pg_verifymbstr(text, static_cast<int>(bytes.size()), false);
  else
    text = pg_any_to_server(text, static_cast<int>(bytes.size()), PG_UTF8);
  error_context_stack = context.previous;
  return text == bytes.data() ? bytes : std::string_view(text);
}

// Without data where the file is missing and that is allowed.
std::string_view read_file(const char *directory, std::string_view filename, bool missing_allowed) {
  char *path = psprintf("%s/%.*s", directory, static_cast<int>(filename.size()), filename.data());
  FILE *file = open_file(path, missing_allowed);
  if (file == nullptr)
    return {};
  const std::string_view bytes = read_bytes(file, path);
  FreeFile(file);
  return to_database_encoding(bytes, path);
}

} // namespace

Array<std::string_view> migration_files(const char *directory) {
  if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
    ereport(ERROR,
            (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("permission denied to read files of the server"),
             errdetail("Only roles with the privileges of the \"pg_read_server_files\" role may load a directory."),
             errhint("Files of the client are registered with pg_flux.register(): see the README.")));
  const Array<std::string_view> files = sql_files(directory);
  Array<std::string_view> migrations;
  for (const std::string_view file : files) {
    if (!format::is_undo_file(file))
      migrations.append(file);
    else if (!std::binary_search(files.begin(), files.end(), migration_name(file)))
      ereport(ERROR, (errcode(ERRCODE_PG_FLUX_FILE_RULE),
                      errmsg("undo file \"%s\" has no migration", postgres::c_string(file)),
                      errdetail("There is no \"%s\" beside it.", postgres::c_string(migration_name(file)))));
  }
  return migrations;
}

Submission read_migration_file(const char *directory, std::string_view filename) {
  Submission submission{};
  submission.filename = to_database_encoding(filename, psprintf("%s", postgres::c_string(filename)));
  submission.body = read_file(directory, filename, false);
  submission.undo = read_file(directory, undo_name(filename), true);
  return submission;
}

} // namespace pg_flux::run
