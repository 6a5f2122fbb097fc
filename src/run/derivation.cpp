#include "run/derivation.h"

#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/script.h"
#include "run/trial.h"
#include "run/verification.h"
#include "snapshot/reversal.h"
#include "snapshot/statements.h"

namespace pg_flux::run {

namespace {

using postgres::Array;
using postgres::c_string;
using snapshot::Difference;

void refuse_failure(const Trial &trial, std::string_view filename) {
  if (trial.error != nullptr)
    ReThrowError(trial.error);
  const Difference &failure = trial.failures[0];
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_AUTOCOMMIT),
                  errmsg("the Down of migration \"%s\" cannot be derived", c_string(filename)),
                  errdetail("%s: %s", c_string(failure.object), c_string(failure.actual)),
                  errhint("Write the Down by hand.")));
}

void append_line(StringInfo lines, std::string_view line) {
  appendStringInfo(lines, "%s%.*s", lines->len > 0 ? "\n" : "", static_cast<int>(line.size()), line.data());
}

void warn_of_losses(const Array<std::string_view> &losses, std::string_view filename) {
  if (losses.empty())
    return;
  StringInfoData lines;
  initStringInfo(&lines);
  for (const std::string_view loss : losses)
    append_line(&lines, loss);
  ereport(WARNING, (errmsg_plural("the Down of migration \"%s\" leaves %d thing to you",
                                  "the Down of migration \"%s\" leaves %d things to you",
                                  static_cast<unsigned long>(losses.size()), c_string(filename), losses.size()),
                    errdetail("%s", lines.data), errhint("Look for TODO in the Down.")));
}

void warn_of_differences(const Array<Difference> &differences, std::string_view filename) {
  if (differences.empty())
    return;
  StringInfoData lines;
  initStringInfo(&lines);
  for (const Difference &difference : differences) {
    append_line(&lines,
                psprintf("%s %s: %s", c_string(difference.type), c_string(difference.object), difference.change));
    if (difference.expected.data() != nullptr || difference.actual.data() != nullptr)
      appendStringInfo(&lines, " (expected: %s, actual: %s)",
                       difference.expected.data() != nullptr ? c_string(difference.expected) : "nothing",
                       difference.actual.data() != nullptr ? c_string(difference.actual) : "nothing");
  }
  ereport(WARNING, (errmsg("the Down of migration \"%s\" does not restore everything", c_string(filename)),
                    errdetail("%s", lines.data)));
}

// The Down is read as it will stand in its file.
Array<Difference> verify_down(const postgres::Extension &extension, const catalog::Migration &migration,
                              const Script &up, std::string_view sql) {
  catalog::Migration undone = migration;
  undone.body = up.text;
  undone.undo = sql;
  const Script down = read_script(undone, format::Direction::down);
  return verify_scripts(extension, migration.filename, up, down, false);
}

} // namespace

Derivation derive_down(const postgres::Extension &extension, const catalog::Migration &migration) {
  const Script up = read_script(migration, format::Direction::up);
  Array<const Script *> scripts;
  scripts.append(&up);
  Trial trial = try_scripts(extension, migration.filename, scripts, {false, snapshot::statement_extras});
  if (!trial.completed)
    refuse_failure(trial, migration.filename);
  const snapshot::Reversal reversal = snapshot::write_reversal(extension, trial.observation, GetUserId());
  warn_of_losses(reversal.losses, migration.filename);
  // Where nothing was found to undo, there may be something that is not seen.
  if (reversal.has_statements || reversal.losses.empty())
    warn_of_differences(verify_down(extension, migration, up, reversal.sql), migration.filename);
  return {reversal.sql, reversal.has_statements};
}

} // namespace pg_flux::run
