// From the text of a migration to the statements of one direction.
#pragma once

#include <string_view>

#include "catalog/migration.h"
#include "format/sections.h"
#include "postgres/array.h"
#include "postgres/compat.h"
#include "run/session.h"

namespace pg_flux::run {

// One statement of a script.
struct Statement {
  int number;                   // from 1
  unsigned long line;           // of the file, from 1
  std::string_view text;        // without its semicolon and what precedes it
  const char *autocommit;       // the command that cannot run inside a transaction, NULL where it can
  bool autocommit_unknown;      // only its turn tells
  bool adds_enum_value;         // a commit has to come before the value is used
  bool may_commit;              // DO and CALL
  bool only_defines;            // DDL that reads no table
  bool brief;                   // it takes no time by itself: what it takes is waiting for locks
  SessionEffect session_effect; // what it leaves in its session
  int block;                    // number of the BEGIN ... COMMIT pair around it, from 1; 0 where it stands outside
  bool notransaction;           // its section is marked so
  bool beside_block;            // it stands outside the BEGIN ... COMMIT pairs of a section that has some
};

// What one direction of a migration runs.
struct Script {
  format::Direction direction;
  bool in_undo;          // it is the text of the undo file
  int section_count;     // markers that led to it
  bool ignored_code;     // something other than comments stood before the first marker of that file
  std::string_view text; // the sections, trimmed and joined: what the checksum covers and the history keeps
  postgres::Array<Statement> statements;
};

// Reads and parses one direction of migration with PostgreSQL's parser. The statements point into migration's texts;
// the rest is allocated in the current memory context. Raises PF001 for what the rules of migration files refuse and
// 42601 for a syntax error, both with file, section and line in the context, and what classifying a statement raises.
Script read_script(const catalog::Migration &migration, format::Direction direction);

// True when statement has to run outside of a transaction.
bool needs_autocommit(const Statement &statement);

// True when a statement of script can see what is in tables: all but plain DDL.
bool may_read_tables(const Script &script);

// True when all statements of script are brief.
bool is_brief(const Script &script);

// The statement because of which script cannot run inside a transaction; NULL where it can.
const Statement *first_autocommit_statement(const Script &script);

} // namespace pg_flux::run
