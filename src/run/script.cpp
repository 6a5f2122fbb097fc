#include "run/script.h"

#include "format/lexer.h"
#include "postgres/entry.h"
#include "postgres/settings.h"
#include "postgres/sqlstate.h"
#include "postgres/strings.h"
#include "run/autocommit.h"
#include "run/definition.h"
#include "run/location.h"

extern "C" {
#include "mb/pg_wchar.h"
#include "nodes/value.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
}

namespace pg_flux::run {

namespace {

using format::Direction;
using format::FileKind;
using format::Section;
using postgres::Array;

// A run takes the text as standard_conforming_strings says by default, so does the lexer, and so must the parser.
int force_standard_strings() {
  const int level = NewGUCNestLevel();
  postgres::make_strings_standard(GUC_ACTION_SAVE);
  return level;
}

bool next_section(format::SectionReader &reader, Section &section) {
  return postgres::call([&] { return reader.next(section); });
}

// Reads the whole file, so that every rule of it is checked whichever direction is asked for.
Array<Section> sections_of_file(std::string_view text, FileKind kind, Direction direction, bool *ignored_code) {
  Array<Section> sections;
  format::SectionReader reader(text, kind);
  Section section{};
  while (next_section(reader, section))
    if (section.direction == direction)
      sections.append(section);
  *ignored_code = reader.ignored_code();
  return sections;
}

std::string_view join(const Array<Section> &sections) {
  if (sections.size() == 1)
    return format::trim(sections[0].text);
  StringInfoData joined;
  initStringInfo(&joined);
  for (const Section &section : sections) {
    const std::string_view text = format::trim(section.text);
    if (joined.len > 0 && !text.empty())
      appendStringInfoChar(&joined, '\n');
    appendBinaryStringInfo(&joined, text.data(), static_cast<int>(text.size()));
  }
  return {joined.data, static_cast<std::size_t>(joined.len)};
}

void refuse_psql_syntax(const Section &section, Location &location) {
  const format::PsqlSyntaxFound found = format::find_psql_syntax(section.text);
  if (found.kind == format::PsqlSyntax::none)
    return;
  location.line = section.line + format::count_lines(section.text.substr(0, found.offset));
  if (found.kind == format::PsqlSyntax::copy_data)
    ereport(ERROR, (errcode(ERRCODE_PG_FLUX_FILE_RULE), errmsg("COPY FROM STDIN is not allowed in a migration"),
                    errdetail("Inside the server there is no client to send the data."),
                    errhint("Use INSERT, or COPY from a file of the server.")));
  constexpr std::size_t longest_command = 40;
  const std::string_view rest = section.text.substr(found.offset, longest_command);
  const std::string_view command = rest.substr(0, rest.find_first_of(" \t\r\n;"));
  ereport(ERROR,
          (errcode(ERRCODE_PG_FLUX_FILE_RULE), errmsg("psql meta-command is not allowed in a migration"),
           errdetail("\"%.*s\" is understood by psql, not by the server.",
                     pg_mbcliplen(command.data(), static_cast<int>(command.size()), longest_command), command.data())));
}

// Follows the BEGIN ... COMMIT pairs of one script.
struct Wrapper {
  int blocks = 0;
  bool open = false;
  unsigned long line = 0; // of the last BEGIN
};

void refuse_transaction_control(const char *reason) {
  ereport(ERROR, (errcode(ERRCODE_PG_FLUX_FILE_RULE), errmsg("transaction control is not allowed in a migration"),
                  errdetail("%s", reason),
                  errhint("Only plain BEGIN ... COMMIT around statements is accepted, and taken off.")));
}

const char *transaction_command(const TransactionStmt *statement) {
  switch (statement->kind) {
  case TRANS_STMT_BEGIN:
    return "BEGIN";
  case TRANS_STMT_START:
    return "START TRANSACTION";
  case TRANS_STMT_COMMIT:
    return "COMMIT";
  case TRANS_STMT_ROLLBACK:
    return "ROLLBACK";
  case TRANS_STMT_SAVEPOINT:
    return "SAVEPOINT";
  case TRANS_STMT_RELEASE:
    return "RELEASE SAVEPOINT";
  case TRANS_STMT_ROLLBACK_TO:
    return "ROLLBACK TO SAVEPOINT";
  case TRANS_STMT_PREPARE:
    return "PREPARE TRANSACTION";
  case TRANS_STMT_COMMIT_PREPARED:
    return "COMMIT PREPARED";
  case TRANS_STMT_ROLLBACK_PREPARED:
    return "ROLLBACK PREPARED";
  }
  return "transaction control";
}

void follow_wrapper(const TransactionStmt *statement, unsigned long line, Wrapper &wrapper) {
  const bool begins = statement->kind == TRANS_STMT_BEGIN || statement->kind == TRANS_STMT_START;
  if (!begins && statement->kind != TRANS_STMT_COMMIT)
    refuse_transaction_control(psprintf("The statement is %s.", transaction_command(statement)));
  if (statement->options != NIL || statement->chain)
    refuse_transaction_control(psprintf("The statement is %s with options.", transaction_command(statement)));
  if (begins == wrapper.open)
    refuse_transaction_control(begins ? "BEGIN stands inside another BEGIN ... COMMIT."
                                      : "COMMIT stands without a BEGIN before it.");
  wrapper.open = begins;
  if (!begins)
    return;
  wrapper.blocks++;
  wrapper.line = line;
}

// A value that says "on", in any of the spellings of a boolean setting.
bool sets_to_on(const VariableSetStmt *statement) {
  if (statement->kind != VAR_SET_VALUE || list_length(statement->args) != 1)
    return false;
  auto *constant = static_cast<A_Const *>(linitial(statement->args));
  if (!IsA(constant, A_Const) || constant->isnull)
    return false;
  if (IsA(&constant->val, Integer))
    return intVal(&constant->val) == 1;
  bool value = false;
  return IsA(&constant->val, String) && parse_bool(strVal(&constant->val), &value) && value;
}

void refuse_statement(Node *statement) {
  if (IsA(statement, CopyStmt)) {
    auto *copy = reinterpret_cast<CopyStmt *>(statement);
    if (copy->filename == nullptr)
      ereport(ERROR, (errcode(ERRCODE_PG_FLUX_FILE_RULE),
                      copy->is_from ? errmsg("COPY FROM STDIN is not allowed in a migration")
                                    : errmsg("COPY TO STDOUT is not allowed in a migration"),
                      errdetail("Inside the server there is no client to exchange data with.")));
  }
  if (IsA(statement, VariableSetStmt)) {
    auto *set = reinterpret_cast<VariableSetStmt *>(statement);
    // Of the transaction that runs it; SET SESSION CHARACTERISTICS is a setting like others.
    if (set->kind == VAR_SET_MULTI && strcmp(set->name, "SESSION CHARACTERISTICS") != 0)
      refuse_transaction_control("The statement is SET TRANSACTION.");
    if (set->name != nullptr && pg_strcasecmp(set->name, "standard_conforming_strings") == 0 && !sets_to_on(set))
      ereport(ERROR, (errcode(ERRCODE_PG_FLUX_FILE_RULE),
                      errmsg("standard_conforming_strings cannot be changed in a migration"),
                      errdetail("Where strings end decides where sections and statements end.")));
  }
}

// Adds the statements of one section. The trees, many times the size of the text, are freed at once.
void parse_section(const Section &section, Script &script, Wrapper &wrapper, Location &location) {
  const int first = script.statements.size();
  const int blocks_before = wrapper.open ? wrapper.blocks - 1 : wrapper.blocks;
  location.line = section.line;
  refuse_psql_syntax(section, location);

  MemoryContext memory = AllocSetContextCreate(CurrentMemoryContext, "pg_flux parse", ALLOCSET_DEFAULT_SIZES);
  MemoryContext outside = MemoryContextSwitchTo(memory);
  const char *text = postgres::c_string(section.text);
  location.line = section.line;
  location.parsed = text;
  List *trees = pg_parse_query(text);
  location.parsed = nullptr;

  std::size_t counted = 0;
  ListCell *cell;
  foreach (cell, trees) {
    auto *tree = static_cast<RawStmt *>(lfirst(cell));
    const auto begin = static_cast<std::size_t>(tree->stmt_location);
    std::string_view stretch = section.text.substr(begin);
    if (tree->stmt_len > 0)
      stretch = stretch.substr(0, static_cast<std::size_t>(tree->stmt_len));
    const std::size_t blanks = format::skip_blanks_and_comments(stretch);
    location.line += format::count_lines(section.text.substr(counted, begin + blanks - counted));
    counted = begin + blanks;

    location.statement = script.statements.size() + 1;
    refuse_statement(tree->stmt);
    if (IsA(tree->stmt, TransactionStmt)) {
      follow_wrapper(reinterpret_cast<TransactionStmt *>(tree->stmt), location.line, wrapper);
      continue;
    }
    const Statement statement{location.statement,
                              location.line,
                              format::trim(stretch.substr(blanks)),
                              autocommit_command(tree->stmt),
                              autocommit_is_unknown(tree->stmt),
                              adds_enum_value(tree->stmt),
                              may_commit(tree->stmt),
                              only_defines(tree->stmt),
                              is_brief(tree->stmt),
                              session_effect(tree->stmt),
                              wrapper.open ? wrapper.blocks : 0,
                              section.notransaction,
                              false};
    MemoryContextSwitchTo(outside);
    script.statements.append(statement);
    MemoryContextSwitchTo(memory);
  }
  MemoryContextSwitchTo(outside);
  MemoryContextDelete(memory);
  location.statement = 0;
  for (int index = first; index < script.statements.size(); index++)
    script.statements[index].beside_block = wrapper.blocks > blocks_before && script.statements[index].block == 0;
}

} // namespace

Script read_script(const catalog::Migration &migration, Direction direction) {
  Location location;
  location.filename = migration.filename;
  enter_location(location);
  const int settings_level = force_standard_strings();

  Script script{};
  script.direction = direction;
  Array<Section> sections = sections_of_file(migration.body, FileKind::migration, direction, &script.ignored_code);
  if (sections.empty() && direction == Direction::down && migration.undo.data() != nullptr) {
    script.in_undo = true;
    location.in_undo = true;
    sections = sections_of_file(migration.undo, FileKind::undo, direction, &script.ignored_code);
  }
  script.section_count = sections.size();
  script.text = join(sections);

  location.has_section = true;
  location.direction = direction;
  Wrapper wrapper;
  for (const Section &section : sections)
    parse_section(section, script, wrapper, location);
  if (wrapper.open) {
    location.line = wrapper.line;
    refuse_transaction_control("BEGIN has no COMMIT after it.");
  }

  AtEOXact_GUC(true, settings_level);
  leave_location(location);
  return script;
}

bool needs_autocommit(const Statement &statement) {
  return statement.autocommit != nullptr || (statement.notransaction && statement.block == 0);
}

bool may_read_tables(const Script &script) {
  for (const Statement &statement : script.statements)
    if (!statement.only_defines)
      return true;
  return false;
}

bool is_brief(const Script &script) {
  for (const Statement &statement : script.statements)
    if (!statement.brief)
      return false;
  return true;
}

const Statement *first_autocommit_statement(const Script &script) {
  for (const Statement &statement : script.statements)
    if (needs_autocommit(statement))
      return &statement;
  return nullptr;
}

} // namespace pg_flux::run
