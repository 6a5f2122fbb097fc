#include "snapshot/statements.h"

namespace pg_flux::snapshot {

namespace {

#define OPTION_LIST(options, word)                                                                                     \
  "(SELECT string_agg(" word " || quote_ident(split_part(v, '=', 1)) || ' '"                                           \
  " || quote_literal(substr(v, strpos(v, '=') + 1)), ', ') FROM unnest(" options ") v)"
#define OPTION_NAMES(options)                                                                                          \
  "(SELECT string_agg('DROP ' || quote_ident(split_part(v, '=', 1)), ', ') FROM unnest(" options ") v)"
#define ALTER_OPTIONS(kind, options)                                                                                   \
  "'ALTER " kind " ' || i.identity || ' OPTIONS (' || " OPTION_LIST(options, "'ADD '") " || ')'", nullptr,             \
      "'ALTER " kind " ' || i.identity || ' OPTIONS (' || " OPTION_NAMES(options) " || ')'"

// What COMMENT ON and SECURITY LABEL call the object.
#define DESCRIBED                                                                                                      \
  "CASE"                                                                                                               \
  " WHEN i.type LIKE '% column' THEN 'COLUMN ' || i.identity"                                                          \
  " WHEN i.type = 'table constraint' THEN 'CONSTRAINT ' || i.identity"                                                 \
  " WHEN i.type = 'domain constraint' THEN 'CONSTRAINT ' || regexp_replace(i.identity, ' on ', ' ON DOMAIN ')"         \
  " WHEN i.type = 'statistics object' THEN 'STATISTICS ' || i.identity"                                                \
  " WHEN i.type = 'foreign-data wrapper' THEN 'FOREIGN DATA WRAPPER ' || i.identity"                                   \
  " WHEN i.type = 'transform' THEN 'TRANSFORM ' || regexp_replace(i.identity, ' on language ', ' LANGUAGE ')"          \
  " WHEN i.type = 'aggregate' THEN 'AGGREGATE ' || regexp_replace(i.identity, '\\(\\)$', '(*)')"                       \
  " ELSE upper(i.type) || ' ' || i.identity END"

// The extension of pg_depend's row.
#define OF_EXTENSION "(SELECT quote_ident(e.extname) FROM pg_extension e WHERE e.oid = r.refobjid)"

#define FUNCTION_CALL(column) "r." column "::regproc || '()'"

#define PUBLISHED                                                                                                      \
  "concat_ws(', ', CASE WHEN r.pubinsert THEN 'insert' END, CASE WHEN r.pubupdate THEN 'update' END,"                  \
  " CASE WHEN r.pubdelete THEN 'delete' END, CASE WHEN r.pubtruncate THEN 'truncate' END)"
#define PUBLICATION_OPTIONS                                                                                            \
  "'(publish = ' || quote_literal(" PUBLISHED ") || ', publish_via_partition_root = ' || r.pubviaroot || ')'"
#define IN_PUBLICATION(column)                                                                                         \
  "'ALTER PUBLICATION ' || (SELECT quote_ident(p.pubname) FROM pg_publication p WHERE p.oid = r." column ") || ' ' "   \
  "|| "

#define DEFAULT_RIGHTS_OBJECTS                                                                                         \
  "'ON ' || CASE r.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'"           \
  " WHEN 'T' THEN 'TYPES' WHEN 'L' THEN 'LARGE OBJECTS' ELSE 'SCHEMAS' END"

#define EVENT_TRIGGER_STATE                                                                                            \
  "'ALTER EVENT TRIGGER ' || i.identity || CASE r.evtenabled WHEN 'D' THEN ' DISABLE' WHEN 'R' THEN ' ENABLE REPLICA'" \
  " WHEN 'A' THEN ' ENABLE ALWAYS' ELSE ' ENABLE' END"

#define MAPPED_USER                                                                                                    \
  "'USER MAPPING FOR ' || CASE r.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r.umuser)) END"          \
  " || ' SERVER ' || (SELECT quote_ident(s.srvname) FROM pg_foreign_server s WHERE s.oid = r.umserver)"

#define ROLE_ATTRIBUTES                                                                                                \
  "'ALTER ROLE ' || i.identity || CASE WHEN r.rolsuper THEN ' SUPERUSER' ELSE ' NOSUPERUSER' END"                      \
  " || CASE WHEN r.rolinherit THEN ' INHERIT' ELSE ' NOINHERIT' END"                                                   \
  " || CASE WHEN r.rolcreaterole THEN ' CREATEROLE' ELSE ' NOCREATEROLE' END"                                          \
  " || CASE WHEN r.rolcreatedb THEN ' CREATEDB' ELSE ' NOCREATEDB' END"                                                \
  " || CASE WHEN r.rolcanlogin THEN ' LOGIN' ELSE ' NOLOGIN' END"                                                      \
  " || CASE WHEN r.rolreplication THEN ' REPLICATION' ELSE ' NOREPLICATION' END"                                       \
  " || CASE WHEN r.rolbypassrls THEN ' BYPASSRLS' ELSE ' NOBYPASSRLS' END || ' CONNECTION LIMIT ' || r.rolconnlimit"

// From 16 on.
#define MEMBERSHIP_OPTIONS                                                                                             \
  "format(' WITH ADMIN %s, INHERIT %s, SET %s GRANTED BY %I', r.admin_option, to_jsonb(r) ->> 'inherit_option',"       \
  " to_jsonb(r) ->> 'set_option', pg_get_userbyid(r.grantor))"

#define SETTINGS_OF                                                                                                    \
  "CASE WHEN r.setrole = 0 THEN CASE WHEN r.setdatabase = 0 THEN 'ALTER ROLE ALL' ELSE 'ALTER DATABASE '"              \
  " || (SELECT quote_ident(d.datname) FROM pg_database d WHERE d.oid = r.setdatabase) END"                             \
  " ELSE 'ALTER ROLE ' || quote_ident(pg_get_userbyid(r.setrole)) || coalesce(' IN DATABASE '"                         \
  " || (SELECT quote_ident(d.datname) FROM pg_database d WHERE d.oid = r.setdatabase), '') END"
// As pg_dump has them.
#define LIST_SETTINGS                                                                                                  \
  "('local_preload_libraries', 'search_path', 'session_preload_libraries', 'shared_preload_libraries',"                \
  " 'temp_tablespaces', 'unix_socket_directories')"

} // namespace

const Statements database_statements[] = {
    {.name = "pg_namespace",
     .kind = "'SCHEMA'",
     .name_column = "nspname",
     .owner_column = "nspowner",
     .create = "'CREATE SCHEMA ' || i.identity",
     .drop = "'DROP SCHEMA ' || i.identity",
     .rights_on = "'ON SCHEMA ' || i.identity"},
    {.name = "pg_extension",
     .kind = "'EXTENSION'",
     .create = "'CREATE EXTENSION ' || i.identity || ' SCHEMA ' || (SELECT quote_ident(n.nspname) FROM pg_namespace n"
               " WHERE n.oid = r.extnamespace) || ' VERSION ' || quote_literal(r.extversion)",
     .drop = "'DROP EXTENSION ' || i.identity",
     .alters = {{" extversion ", "'ALTER EXTENSION ' || i.identity || ' UPDATE TO ' || quote_literal(r.extversion)"},
                {" extnamespace ",
                 "'ALTER EXTENSION ' || i.identity || ' SET SCHEMA ' || (SELECT quote_ident(n.nspname)"
                 " FROM pg_namespace n WHERE n.oid = r.extnamespace)"}}},
    {.name = "pg_description",
     .create = "'COMMENT ON ' || " DESCRIBED " || ' IS ' || quote_literal(r.description)",
     .drop = "'COMMENT ON ' || " DESCRIBED " || ' IS NULL'",
     .in_create = "false",
     .replaces = true},
    {.name = "pg_shdescription",
     .create = "'COMMENT ON ' || " DESCRIBED " || ' IS ' || quote_literal(r.description)",
     .drop = "'COMMENT ON ' || " DESCRIBED " || ' IS NULL'",
     .in_create = "false",
     .replaces = true},
    {.name = "pg_seclabel",
     .create = "'SECURITY LABEL FOR ' || quote_ident(r.provider) || ' ON ' || " DESCRIBED " || ' IS '"
               " || quote_literal(r.label)",
     .drop = "'SECURITY LABEL FOR ' || quote_ident(r.provider) || ' ON ' || " DESCRIBED " || ' IS NULL'",
     .in_create = "false",
     .replaces = true},
    {.name = "pg_default_acl",
     .schema_column = "defaclnamespace",
     .rights_on = DEFAULT_RIGHTS_OBJECTS,
     .rights_of = "'ALTER DEFAULT PRIVILEGES FOR ROLE ' || quote_ident(pg_get_userbyid(r.defaclrole))"
                  " || coalesce((SELECT ' IN SCHEMA ' || quote_ident(n.nspname) FROM pg_namespace n"
                  " WHERE n.oid = r.defaclnamespace), '') || ' '"},
    {.name = "pg_depend",
     .create = "CASE r.deptype WHEN 'a' THEN 'ALTER SEQUENCE ' || i.identity || ' OWNED BY '"
               " || (pg_identify_object(r.refclassid, r.refobjid, r.refobjsubid)).identity"
               " WHEN 'x' THEN 'ALTER ' || " DESCRIBED " || ' DEPENDS ON EXTENSION ' || " OF_EXTENSION
               " WHEN 'e' THEN 'ALTER EXTENSION ' || " OF_EXTENSION " || ' ADD ' || " DESCRIBED " END",
     .drop = "CASE r.deptype WHEN 'a' THEN 'ALTER SEQUENCE ' || i.identity || ' OWNED BY NONE'"
             " WHEN 'x' THEN 'ALTER ' || " DESCRIBED " || ' NO DEPENDS ON EXTENSION ' || " OF_EXTENSION
             " WHEN 'e' THEN 'ALTER EXTENSION ' || " OF_EXTENSION " || ' DROP ' || " DESCRIBED " END",
     .in_create = "r.deptype NOT IN ('a', 'x')"},
    {.name = "pg_event_trigger",
     .kind = "'EVENT TRIGGER'",
     .name_column = "evtname",
     .owner_column = "evtowner",
     .create = "'CREATE EVENT TRIGGER ' || i.identity || ' ON ' || r.evtevent || coalesce(' WHEN TAG IN ('"
               " || (SELECT string_agg(quote_literal(v), ', ') FROM unnest(r.evttags) v) || ')', '')"
               " || ' EXECUTE FUNCTION ' || " FUNCTION_CALL("evtfoid") " || CASE r.evtenabled WHEN 'O' THEN ''"
                                                                       " ELSE E';\\n' || " EVENT_TRIGGER_STATE " END",
     .drop = "'DROP EVENT TRIGGER ' || i.identity",
     .alters = {{" evtenabled ", EVENT_TRIGGER_STATE}}},
    {.name = "pg_publication",
     .kind = "'PUBLICATION'",
     .name_column = "pubname",
     .owner_column = "pubowner",
     .create = "'CREATE PUBLICATION ' || i.identity || CASE WHEN r.puballtables THEN ' FOR ALL TABLES' ELSE '' END"
               " || ' WITH ' || " PUBLICATION_OPTIONS,
     .drop = "'DROP PUBLICATION ' || i.identity",
     .alters = {{" pubinsert pubupdate pubdelete pubtruncate pubviaroot ",
                 "'ALTER PUBLICATION ' || i.identity || ' SET ' || " PUBLICATION_OPTIONS}}},
    {.name = "pg_publication_rel",
     .create =
         IN_PUBLICATION("prpubid") "'ADD TABLE ' || r.prrelid::regclass || coalesce(' (' || (SELECT"
                                   " string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a"
                                   " WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs)) || ')', '')"
                                   " || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')",
     .drop = IN_PUBLICATION("prpubid") "'DROP TABLE ' || r.prrelid::regclass"},
    {.name = "pg_publication_namespace",
     .create = IN_PUBLICATION("pnpubid") "'ADD TABLES IN SCHEMA ' || r.pnnspid::regnamespace",
     .drop = IN_PUBLICATION("pnpubid") "'DROP TABLES IN SCHEMA ' || r.pnnspid::regnamespace"},
    {.name = "pg_foreign_data_wrapper",
     .kind = "'FOREIGN DATA WRAPPER'",
     .name_column = "fdwname",
     .owner_column = "fdwowner",
     .create = "'CREATE FOREIGN DATA WRAPPER ' || i.identity"
               " || CASE WHEN r.fdwhandler <> 0 THEN ' HANDLER ' || r.fdwhandler::regproc ELSE '' END"
               " || CASE WHEN r.fdwvalidator <> 0 THEN ' VALIDATOR ' || r.fdwvalidator::regproc ELSE '' END"
               " || coalesce(' OPTIONS (' || " OPTION_LIST("r.fdwoptions", "''") " || ')', '')",
     .drop = "'DROP FOREIGN DATA WRAPPER ' || i.identity",
     .rights_on = "'ON FOREIGN DATA WRAPPER ' || i.identity",
     .alters = {{" fdwoptions ", ALTER_OPTIONS("FOREIGN DATA WRAPPER", "r.fdwoptions")},
                {" fdwhandler fdwvalidator ",
                 "'ALTER FOREIGN DATA WRAPPER ' || i.identity"
                 " || CASE WHEN r.fdwhandler <> 0 THEN ' HANDLER ' || r.fdwhandler::regproc ELSE ' NO HANDLER' END"
                 " || CASE WHEN r.fdwvalidator <> 0 THEN ' VALIDATOR ' || r.fdwvalidator::regproc"
                 " ELSE ' NO VALIDATOR' END"}}},
    {.name = "pg_foreign_server",
     .kind = "'SERVER'",
     .name_column = "srvname",
     .owner_column = "srvowner",
     .create = "'CREATE SERVER ' || i.identity || coalesce(' TYPE ' || quote_literal(r.srvtype), '')"
               " || coalesce(' VERSION ' || quote_literal(r.srvversion), '') || ' FOREIGN DATA WRAPPER '"
               " || (SELECT quote_ident(f.fdwname) FROM pg_foreign_data_wrapper f WHERE f.oid = r.srvfdw)"
               " || coalesce(' OPTIONS (' || " OPTION_LIST("r.srvoptions", "''") " || ')', '')",
     .drop = "'DROP SERVER ' || i.identity",
     .rights_on = "'ON FOREIGN SERVER ' || i.identity",
     .alters = {{" srvversion ", "'ALTER SERVER ' || i.identity || ' VERSION ' || quote_nullable(r.srvversion)"},
                {" srvoptions ", ALTER_OPTIONS("SERVER", "r.srvoptions")}}},
    {.name = "pg_foreign_table", .alters = {{" ftoptions ", ALTER_OPTIONS("FOREIGN TABLE", "r.ftoptions")}}},
    // Options hold passwords: they are not written down.
    {.name = "pg_user_mapping",
     .create = "'CREATE ' || " MAPPED_USER,
     .drop = "'DROP ' || " MAPPED_USER,
     .lost = "CASE WHEN r.umoptions IS NOT NULL THEN 'the options of a user mapping are kept out of texts' END"},
    {.name = "pg_authid",
     .kind = "'ROLE'",
     .name_column = "rolname",
     .drop = "'DROP ROLE ' || i.identity",
     .alters = {{" rolsuper rolinherit rolcreaterole rolcreatedb rolcanlogin rolreplication rolbypassrls rolconnlimit ",
                 ROLE_ATTRIBUTES},
                {" rolvaliduntil ", "'ALTER ROLE ' || i.identity || ' VALID UNTIL '"
                                    " || quote_literal(coalesce(r.rolvaliduntil, 'infinity'))"}}},
    {.name = "pg_auth_members",
     .create = "'GRANT ' || quote_ident(pg_get_userbyid(r.roleid)) || ' TO ' || quote_ident(pg_get_userbyid(r.member))"
               " || CASE WHEN to_jsonb(r) ? 'inherit_option' THEN " MEMBERSHIP_OPTIONS
               " WHEN r.admin_option THEN ' WITH ADMIN OPTION' ELSE '' END",
     .drop = "'REVOKE ' || quote_ident(pg_get_userbyid(r.roleid)) || ' FROM '"
             " || quote_ident(pg_get_userbyid(r.member))"},
    // A setting that is a list is kept as one.
    {.name = "pg_db_role_setting",
     .create = "(SELECT string_agg(" SETTINGS_OF " || ' SET ' || split_part(v, '=', 1) || ' TO '"
               " || CASE WHEN split_part(v, '=', 1) IN " LIST_SETTINGS " THEN substr(v, strpos(v, '=') + 1)"
               " ELSE quote_literal(substr(v, strpos(v, '=') + 1)) END, E';\\n') FROM unnest(r.setconfig) v)",
     .drop = SETTINGS_OF " || ' RESET ALL'"},
    {.name = "pg_database",
     .kind = "'DATABASE'",
     .name_column = "datname",
     .owner_column = "datdba",
     .rights_on = "'ON DATABASE ' || i.identity",
     .alters = {{" datistemplate datallowconn datconnlimit ",
                 "format('ALTER DATABASE %s IS_TEMPLATE %s ALLOW_CONNECTIONS %s CONNECTION LIMIT %s', i.identity,"
                 " r.datistemplate, r.datallowconn, r.datconnlimit)"}}},
    {.name = "pg_tablespace",
     .kind = "'TABLESPACE'",
     .name_column = "spcname",
     .owner_column = "spcowner",
     .rights_on = "'ON TABLESPACE ' || i.identity"},
    {.name = "pg_largeobject_metadata",
     .kind = "'LARGE OBJECT'",
     .owner_column = "lomowner",
     .quoted = "r.oid",
     .create = "'SELECT pg_catalog.lo_create(' || r.oid || ')'",
     .drop = "'SELECT pg_catalog.lo_unlink(' || r.oid || ')'",
     .rights_on = "'ON LARGE OBJECT ' || r.oid",
     .lost = "'the contents of the large object are gone'"},
    // Those of the superuser that initdb made.
    {.name = "pg_parameter_acl",
     .default_rights = "acldefault('p', 10)",
     .rights_on = "'ON PARAMETER ' || quote_ident(r.parname)",
     .rights_of = "''"},
    {.name = "pg_partitioned_table", .follows = " partdefid "},
    {},
};

} // namespace pg_flux::snapshot
