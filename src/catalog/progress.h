// Reads and writes pg_flux.partial: how far a migration got whose section is more than one transaction. Between
// begin_own_queries() and end_own_queries(). PostgreSQL errors may leave all of these; texts that they return live in
// the memory context given to them.
#pragma once

#include <string_view>

#include "format/sections.h"
#include "postgres/array.h"
#include "postgres/compat.h"

namespace pg_flux::catalog {

// One statement of a partial migration.
struct Progress {
  int number;
  unsigned long line;
  std::string_view statement;
  bool done;                // or taken for done
  bool failed;              // it is where the section stopped with an error
  bool in_doubt;            // it was started, and may have committed something
  std::string_view doubted; // the statement in doubt where the text was replaced since; else without data
  Datum indexes_before;     // text[], 0 for none
};

// A partial migration.
struct Partial {
  std::string_view filename;
  format::Direction direction;
};

// The partial migration, of which there is one at most; false when there is none.
bool find_partial(MemoryContext memory, Partial &partial);

// The statements of filename in order; none when it is not partial.
postgres::Array<Progress> read_progress(std::string_view filename, MemoryContext memory);

// Adds a statement that was not run.
void insert_progress(std::string_view filename, format::Direction direction, const Progress &progress);

// Removes all statements of filename, or those from number on.
void delete_progress(std::string_view filename, int from_number = 1);

// A statement is about to run that may commit before done can be noted. indexes_before: text[].
void note_started(std::string_view filename, int number, Datum indexes_before);

// It is done; or, where skipped, taken for done.
void note_done(std::string_view filename, int number, bool skipped = false);

// It failed with error; in_doubt when it may have committed something.
void note_failed(std::string_view filename, int number, bool in_doubt, std::string_view error);

// What was started keeps its doubt although its text is another one now.
void note_replaced(std::string_view filename, const Progress &old, const Progress &replacement);

// Sends one row (number, line, statement, state, error) for each statement of filename to memory of a caller, through
// append, in order.
using AppendProgress = void (*)(void *argument, int number, int line, std::string_view statement,
                                std::string_view state, std::string_view error);
void visit_progress(std::string_view filename, AppendProgress append, void *argument);

} // namespace pg_flux::catalog
