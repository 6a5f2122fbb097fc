#include "snapshot/catalogs.h"
#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

// Whether ALTER takes it as a domain.
#define KIND "CASE r.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END"

#define DOMAIN_DEFAULT "coalesce(pg_get_expr(r.typdefaultbin, 0), quote_literal(r.typdefault))"

// Row types come, go and change with their relations, multiranges mostly with their ranges.
#define COMES_ALONE "NOT " IS_ROW_TYPE " AND r.typtype <> 'm'"

// Base types have parts, their functions, that take the unfinished type: no one statement makes them.
constexpr const char *create_type = "CASE WHEN " COMES_ALONE R"( THEN CASE r.typtype
  WHEN 'd' THEN 'CREATE DOMAIN ' || i.identity || ' AS ' || format_type(r.typbasetype, r.typtypmod)
     || coalesce((SELECT ' COLLATE ' || (pg_identify_object('pg_collation'::regclass, r.typcollation, 0)).identity
          FROM pg_type b WHERE b.oid = r.typbasetype AND r.typcollation <> b.typcollation), '')
     || coalesce(' DEFAULT ' || )" DOMAIN_DEFAULT R"(, '')
     || CASE WHEN r.typnotnull AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.contypid = r.oid AND c.contype = 'n')
          THEN ' NOT NULL' ELSE '' END
     || coalesce((SELECT string_agg(' CONSTRAINT ' || quote_ident(c.conname) || ' ' || pg_get_constraintdef(c.oid), ''
          ORDER BY c.conname) FROM pg_constraint c WHERE c.contypid = r.oid), '')
  WHEN 'e' THEN 'CREATE TYPE ' || i.identity || ' AS ENUM (' || coalesce((SELECT string_agg(quote_literal(e.enumlabel),
       ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = r.oid), '') || ')'
  WHEN 'c' THEN 'CREATE TYPE ' || i.identity || ' AS (' || coalesce((SELECT string_agg(quote_ident(a.attname) || ' '
       || format_type(a.atttypid, a.atttypmod)
       || coalesce((SELECT ' COLLATE ' || (pg_identify_object('pg_collation'::regclass, a.attcollation, 0)).identity
            FROM pg_type t WHERE t.oid = a.atttypid AND a.attcollation <> t.typcollation), ''), ', ' ORDER BY a.attnum)
     FROM pg_attribute a WHERE a.attrelid = r.typrelid AND a.attnum > 0 AND NOT a.attisdropped), '') || ')'
  WHEN 'r' THEN (SELECT 'CREATE TYPE ' || i.identity || ' AS RANGE (SUBTYPE = ' || format_type(x.rngsubtype, NULL)
       || ', SUBTYPE_OPCLASS = ' || (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.opcname) FROM pg_opclass c
            JOIN pg_namespace n ON n.oid = c.opcnamespace WHERE c.oid = x.rngsubopc)
       || coalesce(', COLLATION = ' || (pg_identify_object('pg_collation'::regclass, nullif(x.rngcollation, 0), 0)).identity, '')
       || CASE WHEN x.rngcanonical <> 0 THEN ', CANONICAL = ' || x.rngcanonical::regproc ELSE '' END
       || CASE WHEN x.rngsubdiff <> 0 THEN ', SUBTYPE_DIFF = ' || x.rngsubdiff::regproc ELSE '' END
       || ', MULTIRANGE_TYPE_NAME = ' || format_type(x.rngmultitypid, NULL) || ')'
     FROM pg_range x WHERE x.rngtypid = r.oid) END END)";

// Of any encoding: those that PostgreSQL brings.
constexpr const char *create_collation = R"((SELECT CASE WHEN r.collprovider = 'c' AND r.collencoding = -1
  THEN 'CREATE COLLATION ' || i.identity || ' FROM pg_catalog.' || quote_ident(r.collcollate) ELSE 'CREATE COLLATION ' || i.identity || ' (PROVIDER = '
  || CASE r.collprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' END
  || CASE WHEN r.collisdeterministic THEN '' ELSE ', DETERMINISTIC = false' END
  || coalesce(', LOCALE = ' || quote_literal(coalesce(to_jsonb(r) ->> 'colliculocale', to_jsonb(r) ->> 'colllocale')),
       ', LC_COLLATE = ' || quote_literal(r.collcollate) || ', LC_CTYPE = ' || quote_literal(r.collctype))
  || coalesce(', RULES = ' || quote_literal(to_jsonb(r) ->> 'collicurules'), '') || ')' END))";

#define TEXT_SEARCH_FUNCTION(word, column)                                                                             \
  " || CASE WHEN r." column " <> 0 THEN ', " word " = ' || r." column "::regproc ELSE '' END"

#define MAPPING "(SELECT 'ALTER TEXT SEARCH CONFIGURATION ' || i.identity"
#define TOKEN                                                                                                          \
  "(SELECT quote_ident(t.alias) FROM pg_ts_config c, LATERAL ts_token_type(c.cfgparser) t"                             \
  " WHERE c.oid = r.mapcfg AND t.tokid = r.maptokentype)"
#define DICTIONARIES                                                                                                   \
  "(SELECT string_agg((pg_identify_object('pg_ts_dict'::regclass, x.mapdict, 0)).identity, ', ' ORDER BY x.mapseqno)"  \
  " FROM pg_ts_config_map x WHERE x.mapcfg = r.mapcfg AND x.maptokentype = r.maptokentype)"

// Base types and their functions need each other.
#define WITH_FUNCTIONS "r.typtype = 'b' AND r.typisdefined"

} // namespace

const Statements type_statements[] = {
    {.name = "pg_type",
     .kind = KIND,
     .name_column = "typname",
     .schema_column = "typnamespace",
     .owner_column = "typowner",
     .owned = COMES_ALONE,
     .quoted = "CASE WHEN NOT " IS_ROW_TYPE " THEN quote_ident(r.typname) END",
     .create = create_type,
     .drop = "CASE WHEN " COMES_ALONE " THEN 'DROP ' || " KIND " || ' ' || i.identity || CASE WHEN " WITH_FUNCTIONS
             " THEN ' CASCADE' ELSE '' END END",
     .rights_on = "'ON TYPE ' || i.identity",
     .kept = "CASE WHEN " WITH_FUNCTIONS " THEN 'it can only be dropped together with its functions' END",
     .alters = {{" typdefaultbin ",
                 "'ALTER DOMAIN ' || i.identity || coalesce(' SET DEFAULT ' || " DOMAIN_DEFAULT ", ' DROP DEFAULT')"},
                {" typnotnull ", "'ALTER DOMAIN ' || i.identity || CASE WHEN r.typnotnull THEN ' SET NOT NULL'"
                                 " ELSE ' DROP NOT NULL' END"}}},
    {.name = "pg_enum",
     .name_column = "enumlabel",
     .rename = "'ALTER TYPE ' || i.identity || ' RENAME VALUE {current} TO {name}'",
     .quoted = "quote_literal(r.enumlabel)",
     .in_create = "true",
     .follows = " enumsortorder "},
    {.name = "pg_collation",
     .kind = "'COLLATION'",
     .name_column = "collname",
     .schema_column = "collnamespace",
     .owner_column = "collowner",
     .create = create_collation,
     .drop = "'DROP COLLATION ' || i.identity"},
    {.name = "pg_ts_config",
     .kind = "'TEXT SEARCH CONFIGURATION'",
     .name_column = "cfgname",
     .schema_column = "cfgnamespace",
     .owner_column = "cfgowner",
     .create = "'CREATE TEXT SEARCH CONFIGURATION ' || i.identity || ' (PARSER = '"
               " || (pg_identify_object('pg_ts_parser'::regclass, r.cfgparser, 0)).identity || ')'",
     .drop = "'DROP TEXT SEARCH CONFIGURATION ' || i.identity"},
    // A token's dictionaries are set all at once, by the statement of the first.
    {.name = "pg_ts_config_map",
     .create = "CASE WHEN r.mapseqno = 1 THEN " MAPPING " || ' ADD MAPPING FOR ' || " TOKEN
               " || ' WITH ' || " DICTIONARIES ") END",
     .drop = "CASE WHEN r.mapseqno = 1 THEN " MAPPING " || ' DROP MAPPING FOR ' || " TOKEN ") END",
     .in_create = "false",
     .alters = {{" mapdict ", MAPPING " || ' ALTER MAPPING FOR ' || " TOKEN " || ' WITH ' || " DICTIONARIES ")"}}},
    {.name = "pg_ts_dict",
     .kind = "'TEXT SEARCH DICTIONARY'",
     .name_column = "dictname",
     .schema_column = "dictnamespace",
     .owner_column = "dictowner",
     .create = "'CREATE TEXT SEARCH DICTIONARY ' || i.identity || ' (TEMPLATE = '"
               " || (pg_identify_object('pg_ts_template'::regclass, r.dicttemplate, 0)).identity"
               " || coalesce(', ' || r.dictinitoption, '') || ')'",
     .drop = "'DROP TEXT SEARCH DICTIONARY ' || i.identity"},
    {.name = "pg_ts_parser",
     .kind = "'TEXT SEARCH PARSER'",
     .name_column = "prsname",
     .schema_column = "prsnamespace",
     .create = "'CREATE TEXT SEARCH PARSER ' || i.identity || ' (START = ' || r.prsstart::regproc" TEXT_SEARCH_FUNCTION(
         "GETTOKEN", "prstoken") TEXT_SEARCH_FUNCTION("END", "prsend") TEXT_SEARCH_FUNCTION("LEXTYPES", "prslextype")
         TEXT_SEARCH_FUNCTION("HEADLINE", "prsheadline") " || ')'",
     .drop = "'DROP TEXT SEARCH PARSER ' || i.identity"},
    {.name = "pg_ts_template",
     .kind = "'TEXT SEARCH TEMPLATE'",
     .name_column = "tmplname",
     .schema_column = "tmplnamespace",
     .create =
         "'CREATE TEXT SEARCH TEMPLATE ' || i.identity || ' (LEXIZE = ' || r.tmpllexize::regproc" TEXT_SEARCH_FUNCTION(
             "INIT", "tmplinit") " || ')'",
     .drop = "'DROP TEXT SEARCH TEMPLATE ' || i.identity"},
    {},
};

} // namespace pg_flux::snapshot
