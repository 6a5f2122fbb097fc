#include "run/location.h"

#include "postgres/strings.h"

extern "C" {
#include "mb/pg_wchar.h"
}

namespace pg_flux::run {

namespace {

constexpr int max_shown_bytes = 100;

// Turns the position of a syntax error into a line of the file: the position itself means nothing to the client, whose
// own query is another text.
void describe_syntax_error(const Location &location, unsigned long *line, std::string_view *line_text) {
  const int position = geterrposition();
  *line = location.line;
  *line_text = {};
  if (position <= 0)
    return;
  errposition(0);
  const char *cursor = location.parsed;
  const char *line_start = cursor;
  for (int character = 1; character < position && *cursor != '\0'; character++) {
    if (*cursor == '\n') {
      ++*line;
      line_start = cursor + 1;
    }
    cursor += pg_mblen(cursor);
  }
  const int length = static_cast<int>(strcspn(line_start, "\r\n"));
  *line_text = {line_start, static_cast<std::size_t>(pg_mbcliplen(line_start, length, max_shown_bytes))};
}

// The hint for errors that would not happen were the statement alone in its transaction.
const char *sharing_hint(const ErrorData *error, format::Direction direction) {
  const char *procedure = procedure_name(direction);
  switch (error->sqlerrcode) {
  case ERRCODE_ACTIVE_SQL_TRANSACTION:
    return psprintf("CALL %s() runs such a statement outside of a transaction, unless a function or DO block calls it.",
                    procedure);
  case ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE:
    return psprintf("CALL %s() commits after ALTER TYPE ... ADD VALUE.", procedure);
  case ERRCODE_OBJECT_IN_USE:
    // Many things are in use; only triggers that wait for the end of the transaction come from its length.
    if (error->message_id != nullptr && strstr(error->message_id, "pending trigger events") != nullptr)
      return psprintf("CALL %s() runs each migration in a transaction of its own.", procedure);
    return nullptr;
  case ERRCODE_INVALID_TRANSACTION_TERMINATION:
    return psprintf("Mark the section notransaction and run it with CALL %s().", procedure);
  case ERRCODE_OUT_OF_MEMORY:
    // Only a full lock table, not a lack of memory, comes from the number of migrations in one transaction.
    if (error->message_id != nullptr && strcmp(error->message_id, "out of shared memory") == 0)
      return psprintf("CALL %s() needs locks for one migration at a time.", procedure);
    return nullptr;
  default:
    return nullptr;
  }
}

void add_sharing_hint(format::Direction direction) {
  // The error under construction lives in ErrorContext; reading it takes a copy elsewhere.
  MemoryContext previous = MemoryContextSwitchTo(CurTransactionContext);
  ErrorData *error = CopyErrorData();
  const char *hint = error->elevel == ERROR ? sharing_hint(error, direction) : nullptr;
  if (hint != nullptr && error->hint != nullptr)
    hint = psprintf("%s %s", error->hint, hint);
  MemoryContextSwitchTo(previous);
  if (hint != nullptr)
    errhint("%s", hint);
  FreeErrorData(error);
}

bool may_come_from_sharing(int sqlstate) {
  return sqlstate == ERRCODE_ACTIVE_SQL_TRANSACTION || sqlstate == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE ||
         sqlstate == ERRCODE_OBJECT_IN_USE || sqlstate == ERRCODE_INVALID_TRANSACTION_TERMINATION ||
         sqlstate == ERRCODE_OUT_OF_MEMORY;
}

void add_context(void *argument) {
  const auto &location = *static_cast<const Location *>(argument);
  unsigned long line = location.line;
  std::string_view line_text;
  if (location.parsed != nullptr)
    describe_syntax_error(location, &line, &line_text);
  if (location.executing && may_come_from_sharing(geterrcode()))
    add_sharing_hint(location.direction);

  StringInfoData context;
  initStringInfo(&context);
  const int name_length = static_cast<int>(location.filename.size());
  appendStringInfo(&context, "migration \"%.*s\"", name_length, location.filename.data());
  if (location.has_section)
    appendStringInfo(&context, ", %s section", location.direction == format::Direction::up ? "Up" : "Down");
  if (location.in_undo)
    appendStringInfo(&context, "%s \"%.*s_undo.sql\"", location.has_section ? " of" : ", undo file",
                     name_length - static_cast<int>(strlen(".sql")), location.filename.data());
  if (location.statement > 0)
    appendStringInfo(&context, ", statement %d", location.statement);
  if (line > 0)
    appendStringInfo(&context, ", line %lu", line);
  if (!line_text.empty())
    appendStringInfo(&context, ": %.*s", static_cast<int>(line_text.size()), line_text.data());
  errcontext("%s", context.data);
  pfree(context.data);
}

} // namespace

void enter_location(Location &location) {
  location.callback.callback = add_context;
  location.callback.arg = &location;
  location.callback.previous = error_context_stack;
  error_context_stack = &location.callback;
}

void leave_location(Location &location) { error_context_stack = location.callback.previous; }

} // namespace pg_flux::run
