#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

#define KIND "CASE r.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END"
#define FUNCTION_NAME(column) "(SELECT f.oid::regproc FROM pg_proc f WHERE f.oid = " column " AND f.oid <> 0)"
#define OPERATOR_NAME(row)                                                                                             \
  "'OPERATOR(' || (SELECT quote_ident(n.nspname) FROM pg_namespace n WHERE n.oid = " row                               \
  ".oprnamespace) || '.' || " row ".oprname || ')'"

#define MODIFY(column) "CASE " column " WHEN 's' THEN 'SHAREABLE' WHEN 'w' THEN 'READ_WRITE' ELSE 'READ_ONLY' END"

constexpr const char *create_routine = R"(CASE WHEN r.prokind <> 'a' THEN rtrim(pg_get_functiondef(r.oid), E'\n')
  ELSE (SELECT 'CREATE AGGREGATE ' || (SELECT quote_ident(n.nspname)
     FROM pg_namespace n WHERE n.oid = r.pronamespace) || '.' || quote_ident(r.proname)
  || '(' || coalesce(nullif(pg_get_function_arguments(r.oid), ''), '*') || ') (SFUNC = ' || a.aggtransfn::regproc
  || ', STYPE = ' || format_type(a.aggtranstype, NULL)
  || CASE WHEN a.aggtransspace <> 0 THEN ', SSPACE = ' || a.aggtransspace ELSE '' END
  || CASE WHEN a.aggfinalfn <> 0 THEN ', FINALFUNC = ' || a.aggfinalfn::regproc || ', FINALFUNC_MODIFY = '
       || )" MODIFY("a.aggfinalmodify") R"( ELSE '' END
  || CASE WHEN a.aggfinalextra THEN ', FINALFUNC_EXTRA' ELSE '' END
  || CASE WHEN a.aggcombinefn <> 0 THEN ', COMBINEFUNC = ' || a.aggcombinefn::regproc ELSE '' END
  || CASE WHEN a.aggserialfn <> 0 THEN ', SERIALFUNC = ' || a.aggserialfn::regproc ELSE '' END
  || CASE WHEN a.aggdeserialfn <> 0 THEN ', DESERIALFUNC = ' || a.aggdeserialfn::regproc ELSE '' END
  || coalesce(', INITCOND = ' || quote_literal(a.agginitval), '')
  || CASE WHEN a.aggmtransfn <> 0 THEN ', MSFUNC = ' || a.aggmtransfn::regproc || ', MINVFUNC = '
       || a.aggminvtransfn::regproc || ', MSTYPE = ' || format_type(a.aggmtranstype, NULL) ELSE '' END
  || CASE WHEN a.aggmtransspace <> 0 THEN ', MSSPACE = ' || a.aggmtransspace ELSE '' END
  || CASE WHEN a.aggmfinalfn <> 0 THEN ', MFINALFUNC = ' || a.aggmfinalfn::regproc || ', MFINALFUNC_MODIFY = '
       || )" MODIFY("a.aggmfinalmodify") R"( ELSE '' END
  || CASE WHEN a.aggmfinalextra THEN ', MFINALFUNC_EXTRA' ELSE '' END
  || coalesce(', MINITCOND = ' || quote_literal(a.aggminitval), '')
  || coalesce(', SORTOP = ' || (SELECT )" OPERATOR_NAME("s") R"( FROM pg_operator s WHERE s.oid = a.aggsortop), '')
  || CASE WHEN a.aggkind = 'h' THEN ', HYPOTHETICAL' ELSE '' END
  || CASE r.proparallel WHEN 's' THEN ', PARALLEL = SAFE' WHEN 'r' THEN ', PARALLEL = RESTRICTED' ELSE '' END || ')'
  FROM pg_aggregate a WHERE a.aggfnoid = r.oid) END)";

constexpr const char *create_operator = R"('CREATE OPERATOR ' || (SELECT quote_ident(n.nspname) FROM pg_namespace n
     WHERE n.oid = r.oprnamespace) || '.' || r.oprname || ' (FUNCTION = ' || r.oprcode::regproc
  || CASE WHEN r.oprleft <> 0 THEN ', LEFTARG = ' || format_type(r.oprleft, NULL) ELSE '' END
  || ', RIGHTARG = ' || format_type(r.oprright, NULL)
  || coalesce(', COMMUTATOR = ' || (SELECT )" OPERATOR_NAME("s") R"( FROM pg_operator s WHERE s.oid = r.oprcom), '')
  || coalesce(', NEGATOR = ' || (SELECT )" OPERATOR_NAME("s") R"( FROM pg_operator s WHERE s.oid = r.oprnegate), '')
  || CASE WHEN r.oprrest <> 0 THEN ', RESTRICT = ' || r.oprrest::regproc ELSE '' END
  || CASE WHEN r.oprjoin <> 0 THEN ', JOIN = ' || r.oprjoin::regproc ELSE '' END
  || CASE WHEN r.oprcanhash THEN ', HASHES' ELSE '' END || CASE WHEN r.oprcanmerge THEN ', MERGES' ELSE '' END || ')')";

constexpr const char *create_class = R"((SELECT 'CREATE OPERATOR CLASS ' || (SELECT quote_ident(n.nspname)
     FROM pg_namespace n WHERE n.oid = r.opcnamespace) || '.' || quote_ident(r.opcname)
  || CASE WHEN r.opcdefault THEN ' DEFAULT' ELSE '' END || ' FOR TYPE ' || format_type(r.opcintype, NULL)
  || ' USING ' || quote_ident(m.amname) || ' FAMILY ' || (SELECT quote_ident(n.nspname) || '.' || quote_ident(f.opfname)
     FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace WHERE f.oid = r.opcfamily) || ' AS '
  || (SELECT string_agg(item, ', ' ORDER BY item) FROM (
      SELECT 'OPERATOR ' || x.amopstrategy || ' ' || x.amopopr::regoperator
         || CASE WHEN x.amopsortfamily <> 0 THEN ' FOR ORDER BY ' || (SELECT quote_ident(n.nspname) || '.'
              || quote_ident(f.opfname) FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace
              WHERE f.oid = x.amopsortfamily) ELSE '' END
        FROM pg_amop x JOIN pg_depend d ON d.classid = 'pg_amop'::regclass AND d.objid = x.oid
         AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = r.oid
      UNION ALL SELECT 'FUNCTION ' || x.amprocnum || ' (' || format_type(x.amproclefttype, NULL) || ', '
         || format_type(x.amprocrighttype, NULL) || ') ' || x.amproc::regprocedure
        FROM pg_amproc x JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass AND d.objid = x.oid
         AND d.refclassid = 'pg_opclass'::regclass AND d.refobjid = r.oid
      UNION ALL SELECT 'STORAGE ' || format_type(CASE WHEN r.opckeytype <> 0 THEN r.opckeytype ELSE r.opcintype END, NULL))
     items(item))
  FROM pg_am m WHERE m.oid = r.opcmethod))";

// Members of a family that belong to no class.
#define FAMILY(column)                                                                                                 \
  "(SELECT 'ALTER OPERATOR FAMILY ' || quote_ident(n.nspname) || '.' || quote_ident(f.opfname) || ' USING '"           \
  " || quote_ident(m.amname) FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace"                         \
  " JOIN pg_am m ON m.oid = f.opfmethod WHERE f.oid = r." column ")"
#define LOOSE(catalog)                                                                                                 \
  "EXISTS (SELECT FROM pg_depend d WHERE d.classid = '" catalog "'::regclass AND d.objid = r.oid"                      \
  " AND d.refclassid = 'pg_opfamily'::regclass AND d.deptype = 'a')"

// Those of an extension come with it.
#define IN_EXTENSION(family)                                                                                           \
  "EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_opfamily'::regclass AND d.objid = r." family                  \
  " AND d.deptype = 'e')"

constexpr const char *create_cast = R"('CREATE CAST ' || i.identity
  || CASE r.castmethod WHEN 'f' THEN ' WITH FUNCTION ' || r.castfunc::regprocedure WHEN 'i' THEN ' WITH INOUT'
       ELSE ' WITHOUT FUNCTION' END
  || CASE r.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT' ELSE '' END)";

constexpr const char *create_conversion = R"((SELECT 'CREATE ' || CASE WHEN r.condefault THEN 'DEFAULT ' ELSE '' END
  || 'CONVERSION ' || i.identity || ' FOR ' || quote_literal(pg_encoding_to_char(r.conforencoding)) || ' TO '
  || quote_literal(pg_encoding_to_char(r.contoencoding)) || ' FROM ' || r.conproc::regproc))";

constexpr const char *create_language = R"('CREATE ' || CASE WHEN r.lanpltrusted THEN 'TRUSTED ' ELSE '' END
  || 'LANGUAGE ' || quote_ident(r.lanname) || ' HANDLER ' || r.lanplcallfoid::regproc
  || CASE WHEN r.laninline <> 0 THEN ' INLINE ' || r.laninline::regproc ELSE '' END
  || CASE WHEN r.lanvalidator <> 0 THEN ' VALIDATOR ' || r.lanvalidator::regproc ELSE '' END)";

#define TRANSFORM                                                                                                      \
  "'TRANSFORM FOR ' || format_type(r.trftype, NULL) || ' LANGUAGE '"                                                   \
  " || (SELECT quote_ident(l.lanname) FROM pg_language l WHERE l.oid = r.trflang)"

} // namespace

const Statements routine_statements[] = {
    {.name = "pg_proc",
     .kind = KIND,
     .name_column = "proname",
     .schema_column = "pronamespace",
     .owner_column = "proowner",
     .suffix = "'(' || CASE WHEN r.prokind = 'a' AND r.pronargs = 0 THEN '*'"
               " ELSE pg_get_function_identity_arguments(r.oid) END || ')'",
     .create = create_routine,
     .drop = "'DROP ' || " KIND " || ' '"
             " || CASE r.prokind WHEN 'a' THEN regexp_replace(i.identity, '\\(\\)$', '(*)') ELSE i.identity END",
     .rights_on = "'ON ' || CASE r.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || i.identity",
     .replaces = true},
    {.name = "pg_operator",
     .kind = "'OPERATOR'",
     .name_column = "oprname",
     .schema_column = "oprnamespace",
     .owner_column = "oprowner",
     .suffix = "' (' || CASE WHEN r.oprleft <> 0 THEN format_type(r.oprleft, NULL) ELSE 'NONE' END || ', '"
               " || format_type(r.oprright, NULL) || ')'",
     .quoted = "r.oprname",
     .create = create_operator,
     .drop = "'DROP OPERATOR ' || i.identity"},
    {.name = "pg_opfamily",
     .kind = "'OPERATOR FAMILY'",
     .name_column = "opfname",
     .schema_column = "opfnamespace",
     .owner_column = "opfowner",
     .suffix = "' USING ' || (SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = r.opfmethod)",
     .create = "'CREATE OPERATOR FAMILY ' || i.identity",
     .drop = "'DROP OPERATOR FAMILY ' || i.identity"},
    {.name = "pg_opclass",
     .kind = "'OPERATOR CLASS'",
     .name_column = "opcname",
     .schema_column = "opcnamespace",
     .owner_column = "opcowner",
     .suffix = "' USING ' || (SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = r.opcmethod)",
     .create = create_class,
     .drop = "'DROP OPERATOR CLASS ' || i.identity"},
    {.name = "pg_amop",
     .create = "CASE WHEN " LOOSE("pg_amop") " THEN " FAMILY(
         "amopfamily") " || ' ADD OPERATOR ' || r.amopstrategy || ' ' || r.amopopr::regoperator END",
     .drop = "CASE WHEN " LOOSE("pg_amop") " THEN " FAMILY(
         "amopfamily") " || ' DROP OPERATOR ' || r.amopstrategy || ' (' || format_type(r.amoplefttype, NULL) || ', '"
                       " || format_type(r.amoprighttype, NULL) || ')' END",
     .in_create = "NOT " LOOSE("pg_amop") " OR " IN_EXTENSION("amopfamily")},
    {.name = "pg_amproc",
     .create = "CASE WHEN " LOOSE("pg_amproc") " THEN " FAMILY(
         "amprocfamily") " || ' ADD FUNCTION ' || r.amprocnum || ' (' || format_type(r.amproclefttype, NULL) || ', '"
                         " || format_type(r.amprocrighttype, NULL) || ') ' || r.amproc::regprocedure END",
     .drop = "CASE WHEN " LOOSE("pg_amproc") " THEN " FAMILY(
         "amprocfamily") " || ' DROP FUNCTION ' || r.amprocnum || ' (' || format_type(r.amproclefttype, NULL) || ', '"
                         " || format_type(r.amprocrighttype, NULL) || ')' END",
     .in_create = "NOT " LOOSE("pg_amproc") " OR " IN_EXTENSION("amprocfamily")},
    {.name = "pg_cast", .create = create_cast, .drop = "'DROP CAST ' || i.identity"},
    {.name = "pg_conversion",
     .kind = "'CONVERSION'",
     .name_column = "conname",
     .schema_column = "connamespace",
     .owner_column = "conowner",
     .create = create_conversion,
     .drop = "'DROP CONVERSION ' || i.identity"},
    {.name = "pg_language",
     .kind = "'LANGUAGE'",
     .name_column = "lanname",
     .owner_column = "lanowner",
     .create = create_language,
     .drop = "'DROP LANGUAGE ' || i.identity",
     .rights_on = "'ON LANGUAGE ' || i.identity"},
    {.name = "pg_transform",
     .create = "'CREATE ' || " TRANSFORM " || ' (' || concat_ws(', ', 'FROM SQL WITH FUNCTION '"
               " || nullif(r.trffromsql, 0)::regprocedure, 'TO SQL WITH FUNCTION '"
               " || nullif(r.trftosql, 0)::regprocedure) || ')'",
     .drop = "'DROP ' || " TRANSFORM},
    {.name = "pg_am",
     .create = "'CREATE ACCESS METHOD ' || quote_ident(r.amname) || ' TYPE ' || CASE r.amtype WHEN 't' THEN 'TABLE'"
               " ELSE 'INDEX' END || ' HANDLER ' || r.amhandler::regproc",
     .drop = "'DROP ACCESS METHOD ' || i.identity"},
    {},
};

} // namespace pg_flux::snapshot
