#include "run/registration.h"

#include "catalog/applied.h"
#include "catalog/history.h"
#include "catalog/migration.h"
#include "catalog/progress.h"
#include "format/error.h"
#include "format/filename.h"
#include "format/normalize.h"
#include "postgres/checksum.h"
#include "postgres/entry.h"
#include "postgres/query.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/partial.h"
#include "run/rights.h"
#include "run/script.h"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace pg_flux::run {

namespace {

using catalog::Migration;
using format::Direction;
using postgres::c_string;

std::string_view normalized(std::string_view text) {
  if (text.data() == nullptr)
    return {};
  auto *copy = static_cast<char *>(MemoryContextAllocHuge(CurrentMemoryContext, text.size() + 1));
  const std::size_t size = format::normalize(text, copy);
  copy[size] = '\0';
  return {copy, size};
}

void check_filename(std::string_view filename) {
  // A name is an argument like any other: its error is 22023, not that of a text.
  postgres::Failure failure{};
  try {
    format::check_filename(filename);
    return;
  } catch (...) {
    failure = postgres::describe_exception();
  }
  const int shown = pg_mbcliplen(filename.data(), static_cast<int>(filename.size()), format::max_filename_bytes);
  ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                  errmsg("invalid migration file name \"%.*s\"", shown, filename.data()),
                  errdetail("The %s.", failure.message)));
}

// What a text says, both ways.
struct Scripts {
  Script up;
  Script down;
};

void warn_of_surprises(const Migration &migration, const Scripts &scripts) {
  const Script &up = scripts.up;
  const Script &down = scripts.down;
  const char *filename = c_string(migration.filename);
  if (up.ignored_code)
    ereport(WARNING, (errmsg("text before the first marker of migration \"%s\" is ignored", filename)));
  if (down.in_undo && down.ignored_code)
    ereport(WARNING,
            (errmsg("text before the first marker of the undo file of migration \"%s\" is ignored", filename)));
  if (up.section_count > 1)
    ereport(WARNING, (errmsg("migration \"%s\" has %d Up sections, which run as one", filename, up.section_count)));
  if (down.section_count > 1)
    ereport(WARNING, (errmsg("migration \"%s\" has %d Down sections, which run as one", filename, down.section_count)));
  if (up.statements.empty())
    ereport(WARNING, (errmsg("migration \"%s\" has no Up SQL", filename)));
  if (migration.undo.data() != nullptr && !down.in_undo)
    ereport(WARNING, (errmsg("the undo file of migration \"%s\" is ignored", filename),
                      errdetail("The Down section of the migration itself wins.")));
}

// Reads and checks a submission whole: what is stored can be run as far as its text tells.
Migration read_submission(const Submission &submission, Scripts &scripts) {
  check_filename(submission.filename);
  Migration migration{};
  migration.filename = submission.filename;
  migration.body = normalized(submission.body);
  migration.undo = normalized(submission.undo);
  if (format::trim(migration.body).empty())
    ereport(ERROR,
            (errcode(ERRCODE_PG_FLUX_FILE_RULE), errmsg("migration \"%s\" is empty", c_string(migration.filename))));
  scripts = {read_script(migration, Direction::up), read_script(migration, Direction::down)};
  warn_of_surprises(migration, scripts);
  migration.checksum = postgres::sha256(scripts.up.text);
  migration.has_down = !scripts.down.statements.empty();
  migration.registered_by = GetUserNameFromId(GetUserId(), false);
  return migration;
}

bool same_text(const Migration &left, const Migration &right) {
  return left.body == right.body && left.undo == right.undo &&
         (left.undo.data() == nullptr) == (right.undo.data() == nullptr);
}

// Neither has all the rights of the other: both vouch for the text.
void confirm(const Migration &submitted, Oid role) {
  for (const std::string_view confirmer : catalog::read_confirmers(submitted.filename, CurrentMemoryContext))
    if (covers(confirmer, role))
      return;
  catalog::add_confirmer(submitted.filename, submitted.registered_by);
  ereport(NOTICE, (errmsg("migration \"%s\" is now also registered by role \"%s\"", c_string(submitted.filename),
                          c_string(submitted.registered_by))));
}

// The same text again: whoever has more rights vouches for it from now on.
void raise_registrar(const Migration &stored, const Migration &submitted, Oid role) {
  if (covers(stored.registered_by, role))
    return;
  const char *filename = c_string(submitted.filename);
  const Oid stored_role = role_by_name(stored.registered_by);
  if (OidIsValid(stored_role) && !covers(submitted.registered_by, stored_role)) {
    confirm(submitted, role);
    return;
  }
  catalog::set_registrar(submitted.filename, submitted.registered_by);
  ereport(NOTICE,
          (errmsg("migration \"%s\" is now registered by role \"%s\"", filename, c_string(submitted.registered_by))));
}

void refuse_changed_up(const Migration &submitted, const catalog::Applied &applied) {
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_CHECKSUM),
                  errmsg("the Up of applied migration \"%s\" has changed", c_string(submitted.filename)),
                  errdetail("The checksum of what was applied is %s, that of this text is %s.",
                            c_string(applied.checksum), c_string(submitted.checksum)),
                  errhint("Put the change into a new migration. If only the text was edited on purpose, and the "
                          "database needs no change, use pg_flux.repair().")));
}

void warn_of_lost_down(const Migration &stored, const Migration &submitted) {
  if (stored.has_down && !submitted.has_down)
    ereport(WARNING, (errmsg("applied migration \"%s\" no longer has Down SQL", c_string(submitted.filename))));
}

void refuse_changed_past(const Migration &submitted, const catalog::Progress &progress) {
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_PARTIAL),
                  errmsg("statement %d of migration \"%s\" was run and cannot %s", progress.number,
                         c_string(submitted.filename), progress.done ? "change" : "go"),
                  errdetail("What was run: %s", c_string(progress.statement)),
                  errhint("Keep the statements that pg_flux.progress() shows as done; those after them may change.")));
}

// The text of a half done migration may change where it has not got to yet.
void replace_progress(const Migration &submitted, const Script &script, const postgres::Array<catalog::Progress> &old) {
  const int size = script.statements.size();
  int kept = 0;
  for (const catalog::Progress &progress : old) {
    if (!progress.done && !progress.failed && !progress.in_doubt)
      break;
    const bool exists = kept < size;
    if (progress.done ? !exists || script.statements[kept].text != progress.statement : !exists && progress.in_doubt)
      refuse_changed_past(submitted, progress);
    if (!exists)
      break;
    const Statement &statement = script.statements[kept];
    catalog::note_replaced(submitted.filename, progress,
                           {progress.number, statement.line, statement.text, false, false, false, {}, 0});
    kept++;
  }
  catalog::delete_progress(submitted.filename, kept + 1);
  for (int index = kept; index < size; index++) {
    const Statement &statement = script.statements[index];
    catalog::insert_progress(submitted.filename, script.direction,
                             {statement.number, statement.line, statement.text, false, false, false, {}, 0});
  }
}

void follow_partial(const Migration &submitted, const Scripts &scripts) {
  catalog::Partial partial;
  if (!catalog::find_partial(CurrentMemoryContext, partial) || partial.filename != submitted.filename)
    return;
  const postgres::Array<catalog::Progress> progress = catalog::read_progress(submitted.filename, CurrentMemoryContext);
  replace_progress(submitted, partial.direction == Direction::up ? scripts.up : scripts.down, progress);
}

const char *store(const Migration &submitted, const Scripts &scripts, Oid role) {
  Migration stored;
  if (!catalog::find_migration(submitted.filename, CurrentMemoryContext, stored)) {
    catalog::insert_migration(submitted);
    return "added";
  }
  if (same_text(stored, submitted)) {
    raise_registrar(stored, submitted, role);
    return "unchanged";
  }
  catalog::Applied applied;
  if (catalog::find_applied(submitted.filename, CurrentMemoryContext, applied)) {
    if (applied.checksum != submitted.checksum)
      refuse_changed_up(submitted, applied);
    warn_of_lost_down(stored, submitted);
  }
  follow_partial(submitted, scripts);
  catalog::update_migration(submitted);
  return "updated";
}

const char *replace(const Migration &submitted, std::string_view up, Oid role) {
  Migration stored;
  if (!catalog::find_migration(submitted.filename, CurrentMemoryContext, stored))
    refuse_unregistered(submitted.filename);
  catalog::Applied applied;
  if (!catalog::find_applied(submitted.filename, CurrentMemoryContext, applied))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("migration \"%s\" is not applied", c_string(submitted.filename)),
                    errhint("The text of a pending migration is replaced with pg_flux.register().")));
  refuse_partial(submitted.filename);
  if (same_text(stored, submitted)) {
    raise_registrar(stored, submitted, role);
    return "unchanged";
  }
  warn_of_lost_down(stored, submitted);
  catalog::update_migration(submitted);
  catalog::set_applied_checksum(submitted.filename, submitted.checksum);
  catalog::insert_history("repair", role, submitted.filename, up);
  return "repaired";
}

} // namespace

const char *register_migration(const postgres::Extension &extension, const Submission &submission) {
  const Oid role = GetUserId();
  Scripts scripts{};
  const Migration submitted = read_submission(submission, scripts);
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const char *outcome = store(submitted, scripts, role);
  postgres::end_own_queries(own);
  return outcome;
}

const char *repair_migration(const postgres::Extension &extension, const Submission &submission) {
  const Oid role = GetUserId();
  Scripts scripts{};
  const Migration submitted = read_submission(submission, scripts);
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  const char *outcome = replace(submitted, scripts.up.text, role);
  postgres::end_own_queries(own);
  return outcome;
}

void unregister_migration(const postgres::Extension &extension, std::string_view filename) {
  const Oid role = GetUserId();
  const postgres::OwnQueries own = postgres::begin_own_queries(extension);
  if (!catalog::is_registered(filename))
    refuse_unregistered(filename);
  catalog::Applied applied;
  if (catalog::find_applied(filename, CurrentMemoryContext, applied))
    ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                    errmsg("cannot unregister applied migration \"%s\"", c_string(filename)),
                    applied.baseline ? errhint("Make it pending first, with pg_flux.unbaseline().")
                                     : errhint("Roll it back first.")));
  refuse_partial(filename);
  catalog::delete_migration(filename);
  catalog::insert_history("unregister", role, filename, {});
  postgres::end_own_queries(own);
}

void refuse_unregistered(std::string_view filename) {
  ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("migration \"%s\" is not registered", c_string(filename))));
  pg_unreachable();
}

} // namespace pg_flux::run
