// The headers of src/format/ stand on their own: no PostgreSQL behind them, and nothing that a longjmp could harm.
#include "format/ascii.h"
#include "format/error.h"
#include "format/filename.h"
#include "format/lexer.h"
#include "format/normalize.h"
#include "format/sections.h"

#include <type_traits>

#ifdef POSTGRES_H
#error "src/format/ must not include PostgreSQL's headers"
#endif

using namespace pg_flux::format;

static_assert(std::is_trivially_destructible_v<Lexer>);
static_assert(std::is_trivially_destructible_v<Token>);
static_assert(std::is_trivially_destructible_v<SectionReader>);
static_assert(std::is_trivially_destructible_v<Section>);
