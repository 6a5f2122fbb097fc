#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

// The words of a relation kind, of pg_class's row.
#define KIND_OF(row)                                                                                                   \
  "CASE " row ".relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX'"                  \
  " WHEN 'I' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' "   \
  "END"

#define OPTION_VALUES(options)                                                                                         \
  "(SELECT string_agg(split_part(v, '=', 1) || '=' || quote_literal(substr(v, strpos(v, '=') + 1)), ', ')"             \
  " FROM unnest(" options ") v WHERE v NOT LIKE 'pg_attver=%')"

#define OPTION_NAMES(options)                                                                                          \
  "(SELECT string_agg(split_part(v, '=', 1), ', ') FROM unnest(" options ") v WHERE v NOT LIKE 'pg_attver=%')"

// Those of the TOAST table, as SET and RESET take them.
#define TOAST_OPTIONS(word)                                                                                            \
  "(SELECT string_agg('toast.' || split_part(v, '=', 1) || CASE '" word "' WHEN 'SET'"                                 \
  " THEN '=' || quote_literal(substr(v, strpos(v, '=') + 1)) ELSE '' END, ', ')"                                       \
  " FROM pg_class t, unnest(t.reloptions) v WHERE t.oid = r.reltoastrelid)"

#define RELATION_KIND KIND_OF("r")
#define PARENT_KIND KIND_OF("k")
#define ALTER_RELATION "'ALTER ' || " RELATION_KIND " || ' ' || i.identity || ' ' || "
#define ALTER_PARENT "'ALTER ' || " PARENT_KIND " || ' ' || r.attrelid::regclass || "
#define ALTER_COLUMN ALTER_PARENT "' ALTER COLUMN ' || quote_ident(r.attname) || ' ' || "
// Columns of indexes follow those of the table.
#define IF_NOT_INDEX(sql) "CASE WHEN NOT k.is_index THEN " sql " END"
// Columns of typed tables follow the type.
#define IF_OWN_COLUMN(sql)                                                                                             \
  "CASE WHEN k.relkind NOT IN ('v', 'm', 'i', 'I') AND NOT EXISTS (SELECT FROM pg_class t"                             \
  " WHERE t.oid = r.attrelid AND t.reloftype <> 0) THEN " sql " END"
// Without the children, which have statements of their own.
#define ALONE(table)                                                                                                   \
  "CASE WHEN EXISTS (SELECT FROM pg_inherits h WHERE h.inhparent = " table ") THEN 'ONLY ' ELSE '' END"
#define ALTER_PARENT_ALONE "'ALTER ' || " PARENT_KIND " || ' ' || " ALONE("r.attrelid") " || r.attrelid::regclass || "
#define ALTER_COLUMN_ALONE ALTER_PARENT_ALONE "' ALTER COLUMN ' || quote_ident(r.attname) || ' ' || "
// Tables of a type can only change with it.
#define WITH_TYPED_TABLES                                                                                              \
  " || coalesce((SELECT DISTINCT ' CASCADE' FROM pg_class c JOIN pg_class t ON t.reloftype = c.reltype"                \
  " WHERE c.oid = r.attrelid AND c.relkind = 'c'), '')"
#define COLUMN_WORD(word) "CASE k.relkind WHEN 'c' THEN ' " word " ATTRIBUTE ' ELSE ' " word " COLUMN ' END"
#define ALTER_TABLE(table) "'ALTER TABLE ' || r." table "::regclass || "

#define SEQUENCE_NUMBERS                                                                                               \
  "format('INCREMENT BY %s MINVALUE %s MAXVALUE %s START WITH %s CACHE %s%s', s.seqincrement, s.seqmin, s.seqmax,"     \
  " s.seqstart, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE ' NO CYCLE' END)"
#define SEQUENCE_OPTIONS "'AS ' || format_type(s.seqtypid, NULL) || ' ' || " SEQUENCE_NUMBERS

// Of pg_attribute's row.
#define IDENTITY(column)                                                                                               \
  "(SELECT 'GENERATED ' || CASE " column ".attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END"                   \
  " || ' AS IDENTITY (SEQUENCE NAME ' || s.seqrelid::regclass || ' ' || " SEQUENCE_NUMBERS " || ')'"                   \
  " FROM pg_depend d JOIN pg_sequence s ON s.seqrelid = d.objid WHERE d.classid = 'pg_class'::regclass"                \
  " AND d.refclassid = 'pg_class'::regclass AND d.refobjid = " column ".attrelid AND d.refobjsubid = " column          \
  ".attnum"                                                                                                            \
  " AND d.deptype = 'i' AND " column ".attidentity <> '')"

#define COLLATION(column)                                                                                              \
  "coalesce((SELECT ' COLLATE ' || (pg_identify_object('pg_collation'::regclass, " column                              \
  ".attcollation, 0)).identity"                                                                                        \
  " FROM pg_type t WHERE t.oid = " column ".atttypid AND " column ".attcollation <> 0"                                 \
  " AND " column ".attcollation <> t.typcollation), '')"

// A column as CREATE TABLE and ADD COLUMN take it: pg_attribute's row a.
#define COLUMN                                                                                                         \
  "quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod)"                                              \
  " || " COLLATION(                                                                                                    \
      "a") " || coalesce((SELECT CASE a.attgenerated WHEN '' THEN ' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid)"      \
           " ELSE ' GENERATED ALWAYS AS (' || pg_get_expr(d.adbin, d.adrelid) || ')'"                                  \
           " || CASE a.attgenerated WHEN 's' THEN ' STORED' ELSE ' VIRTUAL' END END"                                   \
           " FROM pg_attrdef d WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum), '')"                              \
           " || coalesce(' ' || " IDENTITY("a") ", '')"                                                                \
                                                " || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END"

// An identity column makes its sequence, and drops it.
#define IS_IDENTITY(sequence)                                                                                          \
  "EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = " sequence                     \
  " AND d.deptype = 'i')"

// What the table keeps of an index: it goes with the index.
#define INDEX_MARKS(index)                                                                                             \
  "coalesce((SELECT CASE WHEN x.indisclustered THEN E';\\nALTER TABLE ' || x.indrelid::regclass || ' CLUSTER ON '"     \
  " || quote_ident(c.relname) ELSE '' END || CASE WHEN x.indisreplident THEN E';\\nALTER TABLE '"                      \
  " || x.indrelid::regclass || ' REPLICA IDENTITY USING INDEX ' || quote_ident(c.relname) ELSE '' END"                 \
  " FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE x.indexrelid = " index "), '')"

constexpr const char *create_relation = R"(CASE
  WHEN r.relkind IN ('i', 'I') THEN pg_get_indexdef(r.oid) || )" INDEX_MARKS("r.oid") R"(
  WHEN r.relkind = 'v' THEN 'CREATE VIEW ' || i.identity
     || coalesce(' WITH (' || )" OPTION_VALUES("r.reloptions") R"( || ')', '')
     || E' AS\n' || rtrim(pg_get_viewdef(r.oid), ';')
  WHEN r.relkind = 'm' THEN 'CREATE MATERIALIZED VIEW ' || i.identity
     || coalesce(' WITH (' || )" OPTION_VALUES("r.reloptions") R"( || ')', '')
     || E' AS\n' || rtrim(pg_get_viewdef(r.oid), ';') || CASE WHEN r.relispopulated THEN '' ELSE E'\nWITH NO DATA' END
  WHEN r.relkind = 'S' THEN (SELECT 'CREATE ' || CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END
     || 'SEQUENCE ' || i.identity || ' ' || )" SEQUENCE_OPTIONS R"(
     FROM pg_sequence s WHERE s.seqrelid = r.oid AND NOT )" IS_IDENTITY("r.oid") R"()
  ELSE 'CREATE ' || CASE r.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END
     || CASE r.relkind WHEN 'f' THEN 'FOREIGN ' ELSE '' END || 'TABLE ' || i.identity
     || coalesce((SELECT ' PARTITION OF ' || h.inhparent::regclass FROM pg_inherits h
          WHERE h.inhrelid = r.oid AND r.relispartition), '')
     || coalesce((SELECT E' (\n' || string_agg('    ' || line, E',\n' ORDER BY part, place) || E'\n)' FROM
             (SELECT 1, a.attnum::bigint, )" COLUMN R"( FROM pg_attribute a
                WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attislocal AND NOT r.relispartition
              UNION ALL SELECT 2, c.oid::bigint, 'CONSTRAINT ' || quote_ident(c.conname) || ' '
                || pg_get_constraintdef(c.oid) FROM pg_constraint c
                WHERE c.conrelid = r.oid AND c.conislocal AND c.contype IN ('c', 'p', 'u', 'x'))
             lines(part, place, line)), CASE WHEN r.relispartition THEN '' ELSE ' ()' END)
     || CASE WHEN r.relispartition THEN ' ' || pg_get_expr(r.relpartbound, r.oid) ELSE '' END
     || coalesce((SELECT ' INHERITS (' || string_agg(h.inhparent::regclass::text, ', ' ORDER BY h.inhseqno) || ')'
          FROM pg_inherits h WHERE h.inhrelid = r.oid AND NOT r.relispartition), '')
     || coalesce(' PARTITION BY ' || pg_get_partkeydef(r.oid), '')
     || coalesce((SELECT ' SERVER ' || quote_ident(s.srvname) || coalesce(' OPTIONS (' ||
          (SELECT string_agg(quote_ident(split_part(v, '=', 1)) || ' '
            || quote_literal(substr(v, strpos(v, '=') + 1)), ', ') FROM unnest(f.ftoptions) v) || ')', '')
          FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = r.oid), '')
     || coalesce(' WITH (' || )" OPTION_VALUES("r.reloptions") R"( || ')', '') END)";

constexpr const char *lost_with_relation = R"(CASE WHEN r.relkind IN ('r', 'p') THEN 'the rows of the table are gone'
  WHEN r.relkind = 'm' AND r.relispopulated THEN 'the rows of the materialized view are gone'
  WHEN r.relkind = 'S' THEN 'the value of the sequence is gone' END)";

// That of an index is the index's.
constexpr const char *replica_identity =
    ALTER_RELATION R"('REPLICA IDENTITY ' || CASE r.relreplident WHEN 'd' THEN 'DEFAULT' WHEN 'f' THEN 'FULL'
  WHEN 'n' THEN 'NOTHING' END)";

constexpr const char *tablespace =
    ALTER_RELATION R"('SET TABLESPACE ' || (SELECT quote_ident(s.spcname) FROM pg_tablespace s, pg_database d
  WHERE d.datname = current_database() AND s.oid = coalesce(nullif(r.reltablespace, 0), d.dattablespace)))";

// Those of triggers come and go with the trigger, and those of a foreign key to partitions with that.
#define IF_OWN_CONSTRAINT(sql)                                                                                         \
  "CASE WHEN r.contype <> 't' AND NOT EXISTS (SELECT FROM pg_constraint x WHERE x.oid = r.conparentid"                 \
  " AND x.conrelid = r.conrelid) THEN " sql " END"
#define ALTER_CONSTRAINED                                                                                              \
  "'ALTER ' || CASE WHEN r.conrelid <> 0 THEN 'TABLE ' || r.conrelid::regclass"                                        \
  " ELSE 'DOMAIN ' || format_type(r.contypid, NULL) END || "

#define TRIGGER_STATE                                                                                                  \
  ALTER_TABLE("tgrelid")                                                                                               \
  "CASE r.tgenabled WHEN 'D' THEN ' DISABLE TRIGGER ' WHEN 'R' THEN ' ENABLE REPLICA TRIGGER '"                        \
  " WHEN 'A' THEN ' ENABLE ALWAYS TRIGGER ' ELSE ' ENABLE TRIGGER ' END || quote_ident(r.tgname)"

#define RULE_STATE                                                                                                     \
  ALTER_TABLE("ev_class")                                                                                              \
  "CASE r.ev_enabled WHEN 'D' THEN ' DISABLE RULE ' WHEN 'R' THEN ' ENABLE REPLICA RULE '"                             \
  " WHEN 'A' THEN ' ENABLE ALWAYS RULE ' ELSE ' ENABLE RULE ' END || quote_ident(r.rulename)"

#define STATISTICS_TARGET "'ALTER STATISTICS ' || i.identity || ' SET STATISTICS ' || coalesce(r.stxstattarget, -1)"

constexpr const char *create_policy =
    R"('CREATE POLICY ' || quote_ident(r.polname) || ' ON ' || r.polrelid::regclass || CASE WHEN r.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END
  || CASE r.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT' WHEN 'w' THEN ' FOR UPDATE'
     WHEN 'd' THEN ' FOR DELETE' ELSE '' END
  || ' TO ' || (SELECT string_agg(CASE v WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(v)) END, ', ' ORDER BY 1)
     FROM unnest(r.polroles) v)
  || coalesce(' USING (' || pg_get_expr(r.polqual, r.polrelid) || ')', '')
  || coalesce(' WITH CHECK (' || pg_get_expr(r.polwithcheck, r.polrelid) || ')', ''))";

} // namespace

const Statements relation_statements[] = {
    {.name = "pg_class",
     // The index of a constraint is renamed with it.
     .kind = "CASE WHEN NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = r.oid"
             " AND d.refclassid = 'pg_constraint'::regclass AND d.deptype = 'i') THEN " KIND_OF("r") " END",
     .name_column = "relname",
     .schema_column = "relnamespace",
     .owner_column = "relowner",
     .owned = "r.relkind NOT IN ('i', 'I') AND NOT EXISTS (SELECT FROM pg_depend d WHERE r.relkind = 'S'"
              " AND d.classid = 'pg_class'::regclass AND d.objid = r.oid AND d.deptype IN ('a', 'i'))",
     .create = create_relation,
     .drop = "CASE WHEN r.relkind <> 'S' OR NOT " IS_IDENTITY("r.oid") " THEN 'DROP ' || " KIND_OF(
         "r") " || ' ' || i.identity END",
     .rights_on = "CASE WHEN r.relkind = 'S' THEN 'ON SEQUENCE ' WHEN r.relkind NOT IN ('i', 'I') THEN 'ON TABLE ' END "
                  "|| i.identity",
     .in_create = "r.relkind = 'S' AND " IS_IDENTITY("r.oid"),
     .lost = lost_with_relation,
     .follows = " relispartition ",
     .alters = {{.columns = " relrowsecurity ",
                 .sql = ALTER_RELATION "CASE WHEN r.relrowsecurity THEN 'ENABLE' ELSE 'DISABLE' END"
                                       " || ' ROW LEVEL SECURITY'",
                 .apart = "r.relrowsecurity"},
                {.columns = " relforcerowsecurity ",
                 .sql = ALTER_RELATION "CASE WHEN r.relforcerowsecurity THEN 'FORCE' ELSE 'NO FORCE' END"
                                       " || ' ROW LEVEL SECURITY'",
                 .apart = "r.relforcerowsecurity"},
                {" relpersistence ", "CASE WHEN r.relkind IN ('r', 'p', 'S') THEN " ALTER_RELATION
                                     "CASE r.relpersistence WHEN 'u' THEN 'SET UNLOGGED' ELSE 'SET LOGGED' END END"},
                {.columns = " reltablespace ", .sql = tablespace, .apart = "r.reltablespace <> 0"},
                {.columns = " relam ",
                 .sql = ALTER_RELATION "'SET ACCESS METHOD ' || (SELECT quote_ident(m.amname) FROM pg_am m"
                                       " WHERE m.oid = r.relam)",
                 .apart = "r.relkind IN ('r', 'm') AND r.relam <> (SELECT m.oid FROM pg_am m"
                          " WHERE m.amname = current_setting('default_table_access_method'))"},
                {.columns = " reloptions ",
                 .sql = ALTER_RELATION "'SET (' || " OPTION_VALUES("r.reloptions") " || ')'",
                 .clear = ALTER_RELATION "'RESET (' || " OPTION_NAMES("r.reloptions") " || ')'"},
                {.columns = " toast_options ",
                 .sql = ALTER_RELATION "'SET (' || " TOAST_OPTIONS("SET") " || ')'",
                 .clear = ALTER_RELATION "'RESET (' || " TOAST_OPTIONS("RESET") " || ')'",
                 .apart = TOAST_OPTIONS("SET") " IS NOT NULL"},
                {.columns = " relreplident ",
                 .sql = replica_identity,
                 .apart = "r.relkind IN ('r', 'p') AND r.relreplident IN ('f', 'n')"},
                {.columns = " reloftype ",
                 .sql = ALTER_RELATION "CASE WHEN r.reloftype = 0 THEN 'NOT OF'"
                                       " ELSE 'OF ' || format_type(r.reloftype, NULL) END",
                 .apart = "r.reloftype <> 0"},
                {" relispopulated ", "'REFRESH MATERIALIZED VIEW ' || i.identity"
                                     " || CASE WHEN r.relispopulated THEN '' ELSE ' WITH NO DATA' END"}}},
    {.name = "pg_attribute",
     .name_column = "attname",
     .owner = "(SELECT c.relowner FROM pg_class c WHERE c.oid = r.attrelid)",
     // A view's columns can be renamed, and nothing else.
     .rename = "CASE WHEN k.relkind IN ('v', 'm') THEN " ALTER_PARENT
               "' RENAME COLUMN {current} TO {name}' ELSE " IF_OWN_COLUMN(
                   ALTER_PARENT COLUMN_WORD("RENAME") " || '{current} TO {name}'" WITH_TYPED_TABLES) " END",
     .create = IF_OWN_COLUMN("(SELECT " ALTER_PARENT COLUMN_WORD(
         "ADD") " || " COLUMN WITH_TYPED_TABLES
                " FROM pg_attribute a WHERE a.attrelid = r.attrelid AND a.attnum = r.attnum)"),
     .drop = IF_OWN_COLUMN(ALTER_PARENT COLUMN_WORD("DROP") " || quote_ident(r.attname)" WITH_TYPED_TABLES),
     .rights_on = "'(' || quote_ident(r.attname) || ') ON TABLE ' || r.attrelid::regclass",
     .in_create = "true",
     .lost = "'the values of the column are gone'",
     .follows = " attinhcount attgenerated attbyval position ",
     .parents = "(SELECT string_agg(h.inhparent::text, ' ' ORDER BY h.inhseqno) FROM pg_inherits h"
                " JOIN pg_attribute x ON x.attrelid = h.inhparent AND x.attname = r.attname AND NOT x.attisdropped"
                " WHERE h.inhrelid = r.attrelid AND r.attinhcount > 0)",
     .alters = {{" atttypid attcollation ",
                 IF_OWN_COLUMN("CASE WHEN k.relkind IN ('r', 'p', 'f', 'c') THEN " ALTER_PARENT COLUMN_WORD(
                     "ALTER") " || quote_ident(r.attname) || ' TYPE ' || format_type(r.atttypid, r.atttypmod)"
                              " || " COLLATION("r") " || CASE k.relkind WHEN 'c' THEN '' ELSE ' USING '"
                                                    " || quote_ident(r.attname) || '::'"
                                                    " || format_type(r.atttypid, r.atttypmod) END" WITH_TYPED_TABLES
                                                    " END"),
                 "another type may not hold what the column held"},
                {.columns = " attnotnull ",
                 .sql = IF_NOT_INDEX("CASE WHEN k.relkind = 'p' OR " PG_FLUX_NOT_NULL_IS_INHERITED " THEN " ALTER_COLUMN
                                     "'' ELSE " ALTER_COLUMN_ALONE "'' END || CASE WHEN r.attnotnull"
                                     " THEN 'SET NOT NULL' ELSE 'DROP NOT NULL' END"),
                 .apart = "r.attnotnull AND r.attinhcount > 0 AND (NOT r.attislocal OR EXISTS (SELECT FROM pg_class c"
                          " WHERE c.oid = r.attrelid AND c.relispartition)) AND NOT EXISTS (SELECT FROM pg_inherits h"
                          " JOIN pg_attribute x ON x.attrelid = h.inhparent AND x.attname = r.attname"
                          " WHERE h.inhrelid = r.attrelid AND x.attnotnull)"},
                {" attidentity ", IF_NOT_INDEX(ALTER_COLUMN "CASE r.attidentity WHEN 'a' THEN 'SET GENERATED ALWAYS'"
                                                            " ELSE 'SET GENERATED BY DEFAULT' END")},
                // Where the column is one on one side only.
                {" has_identity ", ALTER_COLUMN "'ADD ' || " IDENTITY("r"), "the value of its sequence is gone",
                 "CASE WHEN r.attidentity <> '' THEN " ALTER_COLUMN "'DROP IDENTITY' END"},
                {.columns = " attstorage ",
                 .sql = IF_NOT_INDEX(ALTER_COLUMN_ALONE
                                     "'SET STORAGE ' || CASE r.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN"
                                     " 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END"),
                 .apart = "k.relkind IN ('r', 'p', 'm', 'f') AND r.attstorage <> (SELECT t.typstorage FROM pg_type t"
                          " WHERE t.oid = r.atttypid)"},
                {.columns = " attcompression ",
                 .sql = IF_NOT_INDEX(ALTER_COLUMN_ALONE "'SET COMPRESSION ' || CASE r.attcompression"
                                                        " WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' ELSE 'default' END"),
                 .apart = "k.relkind IN ('r', 'p', 'm') AND r.attcompression <> ''"},
                {.columns = " attstattarget ",
                 .sql = ALTER_PARENT_ALONE "' ALTER COLUMN ' || CASE WHEN k.is_index THEN r.attnum::text"
                                           " ELSE quote_ident(r.attname) END || ' SET STATISTICS '"
                                           " || coalesce(r.attstattarget, -1)",
                 .apart = "coalesce(r.attstattarget, -1) <> -1"},
                {.columns = " attfdwoptions ",
                 .sql = ALTER_COLUMN
                 "'OPTIONS (' || (SELECT string_agg('ADD ' || quote_ident(split_part(v, '=', 1)) || ' '"
                 " || quote_literal(substr(v, strpos(v, '=') + 1)), ', ') FROM unnest(r.attfdwoptions) v) || ')'",
                 .clear = ALTER_COLUMN "'OPTIONS (' || (SELECT string_agg('DROP ' || quote_ident(split_part(v, '=',"
                                       " 1)), ', ') FROM unnest(r.attfdwoptions) v) || ')'",
                 .apart = "r.attfdwoptions IS NOT NULL"},
                {.columns = " attoptions ",
                 .sql = IF_NOT_INDEX(ALTER_COLUMN "'SET (' || " OPTION_VALUES("r.attoptions") " || ')'"),
                 .clear = IF_NOT_INDEX(ALTER_COLUMN "'RESET (' || " OPTION_NAMES("r.attoptions") " || ')'"),
                 .apart = OPTION_VALUES("r.attoptions") " IS NOT NULL AND NOT k.is_index"},
                // ATTACH PARTITION sees to it for partitions.
                {" attislocal ",
                 "CASE WHEN NOT r.attislocal AND NOT (SELECT c.relispartition FROM pg_class c WHERE c.oid = r.attrelid)"
                 " THEN '' END",
                 "a column that was inherited only stays one of the child's own"}}},
    {.name = "pg_attrdef",
     .create = "(SELECT 'ALTER ' || " PARENT_KIND " || ' ' || " ALONE(
         "r.adrelid") " || r.adrelid::regclass || ' ALTER COLUMN '"
                      " || quote_ident(a.attname) || ' SET DEFAULT ' || pg_get_expr(r.adbin, r.adrelid)"
                      " FROM pg_attribute a WHERE a.attrelid = r.adrelid AND a.attnum = r.adnum AND a.attgenerated = "
                      "'')",
     .drop = "(SELECT 'ALTER ' || " PARENT_KIND
             " || ' ' || " ALONE("r.adrelid") " || r.adrelid::regclass || ' ALTER COLUMN '"
                                              " || quote_ident(a.attname) || ' DROP DEFAULT'"
                                              " FROM pg_attribute a WHERE a.attrelid = r.adrelid AND a.attnum = "
                                              "r.adnum AND a.attgenerated = '')",
     // What is inherited is in no CREATE TABLE, and a child may have another one.
     .in_create = "k.relkind IN ('r', 'p', 'f') AND EXISTS (SELECT FROM pg_attribute a JOIN pg_class c"
                  " ON c.oid = a.attrelid WHERE a.attrelid = r.adrelid AND a.attnum = r.adnum AND a.attislocal"
                  " AND NOT c.relispartition)",
     .replaces = true},
    {.name = "pg_constraint",
     .name_column = "conname",
     .rename = ALTER_CONSTRAINED "' RENAME CONSTRAINT {current} TO {name}'",
     .create = IF_OWN_CONSTRAINT(
         ALTER_CONSTRAINED "' ADD CONSTRAINT ' || quote_ident(r.conname) || ' ' || pg_get_constraintdef(r.oid)"
                           " || CASE WHEN r.contype IN ('p', 'u', 'x') THEN " INDEX_MARKS("r.conindid") " ELSE '' END"),
     // That of a NOT NULL, which 18 has for tables, goes with DROP NOT NULL: while there is a primary key it cannot.
     .drop = "CASE WHEN r.contype <> 'n' OR r.conrelid = 0 THEN " IF_OWN_CONSTRAINT(
         ALTER_CONSTRAINED "' DROP CONSTRAINT ' || quote_ident(r.conname)") " END",
     .in_create = "r.contype NOT IN ('t', 'f') AND k.relkind IS DISTINCT FROM 'v'",
     .follows = " connamespace coninhcount has_parent ",
     .parents = "CASE WHEN r.conparentid <> 0 THEN (SELECT x.conrelid::text FROM pg_constraint x"
                " WHERE x.oid = r.conparentid) WHEN r.coninhcount > 0 THEN (SELECT string_agg(h.inhparent::text, ' ')"
                " FROM pg_inherits h WHERE h.inhrelid = r.conrelid AND EXISTS (SELECT FROM pg_constraint x"
                " WHERE x.conrelid = h.inhparent AND x.contype = r.contype"
                " AND (x.conname = r.conname OR x.contype = 'n'))) END",
     .alters = {{" conislocal ",
                 "CASE WHEN NOT r.conislocal AND NOT (SELECT c.relispartition FROM pg_class c WHERE c.oid = r.conrelid)"
                 " THEN '' END",
                 "a constraint that was inherited only stays one of the child's own"},
                {" condeferrable condeferred ",
                 "CASE WHEN r.contype = 'f' AND r.conparentid = 0 THEN " ALTER_TABLE(
                     "conrelid") "' ALTER CONSTRAINT ' || quote_ident(r.conname)"
                                 " || CASE WHEN NOT r.condeferrable THEN ' NOT DEFERRABLE' WHEN r.condeferred"
                                 " THEN ' DEFERRABLE INITIALLY DEFERRED' ELSE ' DEFERRABLE INITIALLY IMMEDIATE' END"
                                 " END"}}},
    {.name = "pg_index",
     .follows = " indisvalid ",
     .alters = {{" indisclustered ",
                 ALTER_TABLE("indrelid") "CASE WHEN r.indisclustered THEN ' CLUSTER ON ' || (SELECT"
                                         " quote_ident(c.relname) FROM pg_class c WHERE c.oid = r.indexrelid)"
                                         " ELSE (SELECT ' SET WITHOUT CLUSTER' WHERE NOT EXISTS (SELECT FROM pg_index x"
                                         " WHERE x.indrelid = r.indrelid AND x.indisclustered)) END"},
                {" indisreplident ",
                 "CASE WHEN r.indisreplident THEN " ALTER_TABLE(
                     "indrelid") "' REPLICA IDENTITY USING INDEX ' || (SELECT quote_ident(c.relname) FROM pg_class c"
                                 " WHERE c.oid = r.indexrelid) END"}}},
    {.name = "pg_inherits",
     .create = R"((SELECT CASE WHEN c.relkind IN ('i', 'I')
          THEN 'ALTER INDEX ' || r.inhparent::regclass || ' ATTACH PARTITION ' || r.inhrelid::regclass
          WHEN c.relispartition THEN 'ALTER TABLE ' || r.inhparent::regclass || ' ATTACH PARTITION '
            || r.inhrelid::regclass || ' ' || pg_get_expr(c.relpartbound, c.oid)
          ELSE 'ALTER TABLE ' || r.inhrelid::regclass || ' INHERIT ' || r.inhparent::regclass END
        FROM pg_class c WHERE c.oid = r.inhrelid))",
     .drop = R"((SELECT CASE WHEN c.relkind IN ('i', 'I') THEN NULL
          WHEN c.relispartition THEN 'ALTER TABLE ' || r.inhparent::regclass || ' DETACH PARTITION '
            || r.inhrelid::regclass
          ELSE 'ALTER TABLE ' || r.inhrelid::regclass || ' NO INHERIT ' || r.inhparent::regclass END
        FROM pg_class c WHERE c.oid = r.inhrelid))",
     .in_create = "NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.inhrelid AND c.relkind IN ('i', 'I'))",
     .follows = " inhdetachpending ",
     .parents = "r.inhparent"},
    {.name = "pg_sequence",
     .alters = {{" seqtypid seqstart seqincrement seqmax seqmin seqcache seqcycle ",
                 "(SELECT 'ALTER SEQUENCE ' || i.identity || ' ' || " SEQUENCE_OPTIONS
                 " FROM pg_sequence s WHERE s.seqrelid = r.seqrelid)"}}},
    {.name = "pg_rewrite",
     .name_column = "rulename",
     .rename = "'ALTER RULE {current} ON ' || r.ev_class::regclass || ' RENAME TO {name}'",
     // Of a view: its definition. CREATE OR REPLACE does for both.
     .create = "CASE WHEN r.rulename <> '_RETURN'"
               " THEN regexp_replace(rtrim(pg_get_ruledef(r.oid), ';'), '^CREATE RULE', 'CREATE OR REPLACE RULE')"
               " || CASE r.ev_enabled WHEN 'O' THEN '' ELSE E';\\n' || " RULE_STATE " END"
               " WHEN k.relkind = 'v' THEN (SELECT 'CREATE OR REPLACE VIEW ' || c.oid::regclass"
               " || coalesce(' WITH (' || " OPTION_VALUES(
                   "c.reloptions") " || ')', '') || E' AS\\n' || rtrim(pg_get_viewdef(c.oid), ';')"
                                   " FROM pg_class c WHERE c.oid = r.ev_class) END",
     .drop = "CASE WHEN r.rulename <> '_RETURN' THEN 'DROP RULE ' || quote_ident(r.rulename) || ' ON ' || "
             "r.ev_class::regclass END",
     .in_create = "r.rulename = '_RETURN'",
     .replaces = true,
     .alters = {{" ev_enabled ", RULE_STATE}}},
    {.name = "pg_trigger",
     .name_column = "tgname",
     .rename = "CASE WHEN r.tgparentid = 0"
               " THEN 'ALTER TRIGGER {current} ON ' || r.tgrelid::regclass || ' RENAME TO {name}' END",
     .create = "CASE WHEN NOT r.tgisinternal AND r.tgparentid = 0 THEN pg_get_triggerdef(r.oid)"
               " || CASE r.tgenabled WHEN 'O' THEN '' ELSE E';\\n' || " TRIGGER_STATE " END END",
     .drop = "CASE WHEN NOT r.tgisinternal AND r.tgparentid = 0 THEN 'DROP TRIGGER ' || quote_ident(r.tgname) || ' ON "
             "' || r.tgrelid::regclass END",
     .in_create = "r.tgparentid <> 0",
     .follows = " has_parent ",
     .alters = {{.columns = " tgenabled ",
                 .sql = TRIGGER_STATE,
                 .apart =
                     "EXISTS (SELECT FROM pg_trigger x WHERE x.oid = r.tgparentid AND x.tgenabled <> r.tgenabled)"}}},
    {.name = "pg_policy",
     .name_column = "polname",
     .rename = "'ALTER POLICY {current} ON ' || r.polrelid::regclass || ' RENAME TO {name}'",
     .create = create_policy,
     .drop = "'DROP POLICY ' || quote_ident(r.polname) || ' ON ' || r.polrelid::regclass"},
    {.name = "pg_statistic_ext",
     .kind = "'STATISTICS'",
     .name_column = "stxname",
     .schema_column = "stxnamespace",
     .owner_column = "stxowner",
     .create = "pg_get_statisticsobjdef(r.oid) || CASE WHEN coalesce(r.stxstattarget, -1) <> -1"
               " THEN E';\\n' || " STATISTICS_TARGET " ELSE '' END",
     .drop = "'DROP STATISTICS ' || i.identity",
     .alters = {{" stxstattarget ", STATISTICS_TARGET}}},
    {},
};

} // namespace pg_flux::snapshot
