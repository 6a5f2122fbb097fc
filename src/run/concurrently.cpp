#include "run/concurrently.h"

extern "C" {
#include "parser/scanner.h"
}

namespace pg_flux::run {

namespace {

struct Token {
  int kind;
  YYLTYPE position;
};

// PostgreSQL's own scanner: it knows what is a word, and what stands in quotes or comments.
struct Scanner {
  core_yyscan_t state;
  core_yy_extra_type extra;
};

void begin(Scanner &scanner, const char *text) {
  scanner.state = scanner_init(text, &scanner.extra, &ScanKeywords, ScanKeywordTokens);
}

Token next(Scanner &scanner) {
  core_YYSTYPE value;
  Token token{};
  token.kind = core_yylex(&value, &token.position, scanner.state);
  return token;
}

int kind_of_word(const char *word) {
  Scanner scanner{};
  begin(scanner, word);
  const int kind = next(scanner).kind;
  scanner_finish(scanner.state);
  return kind;
}

} // namespace

bool is_concurrent(const char *command) { return command != nullptr && strstr(command, "CONCURRENTLY") != nullptr; }

const char *without_concurrently(const char *statement) {
  constexpr const char *word = "concurrently";
  const int wanted = kind_of_word(word);
  Scanner scanner{};
  begin(scanner, statement);
  Token token = next(scanner);
  bool is_option = false;
  while (token.kind != 0 && token.kind != wanted) {
    is_option = token.kind == '(' || (is_option && token.kind != ')');
    token = next(scanner);
  }
  // An option in parentheses has to stay, since they cannot be empty; its value ends where they go on.
  Token end = token;
  while (is_option && end.kind != 0 && end.kind != ')' && end.kind != ',')
    end = next(scanner);
  scanner_finish(scanner.state);
  if (token.kind == 0)
    return statement;
  if (is_option)
    return psprintf("%.*sconcurrently off%s", token.position, statement, statement + end.position);
  char *text = pstrdup(statement);
  memset(text + token.position, ' ', strlen(word));
  return text;
}

} // namespace pg_flux::run
