#include "snapshot/catalogs.h"

namespace pg_flux::snapshot {

namespace {

// What shares the row of another catalog's object.
#define OF_RELATION(column) "'pg_class'::regclass, r." column ", 0"
#define OF_TYPE(column) "'pg_type'::regclass, r." column ", 0"
#define OF_ANY "r.classoid, r.objoid, r.objsubid"
#define ON_OBJECT "i.type || ' ' || coalesce(i.identity, r.objoid::text)"
#define TABLE_OF(index) "coalesce((SELECT x.indrelid FROM pg_index x WHERE x.indexrelid = r." index "), r." index ")"
#define IS_INVALID(index) "EXISTS (SELECT FROM pg_index x WHERE x.indexrelid = r." index " AND NOT x.indisvalid)"
// Indexes, and sequences of columns, have the owner and the schema of their table.
#define FOLLOWS_TABLE                                                                                                  \
  "(k.is_index OR r.relkind = 'S' AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass"          \
  " AND d.objid = r.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0))"
#define OF_RANGE(column)                                                                                               \
  "(SELECT e." column " FROM pg_range g JOIN pg_type e ON e.oid = g.rngtypid WHERE g.rngmultitypid = r.oid)"
#define SECRET(column) "'sha256:' || encode(sha256(convert_to(r." column "::text, 'UTF8')), 'hex')"

constexpr Catalog catalogs[] = {
    // Relations and their parts ---------------------------------------------------------------------------
    {.name = "pg_class",
     .relation = "r.oid",
     .holder = "'pg_class'::regclass, CASE WHEN k.is_index THEN " TABLE_OF("oid") " ELSE r.oid END",
     .skip = "r.relkind IN ('t', 'c')",
     .data = "r.relkind IN ('r', 'p', 'm', 'S')",
     .ignored = " relfilenode relpages reltuples relallvisible relallfrozen relhasindex relhasrules relhastriggers"
                " relhassubclass relfrozenxid relminmxid relnatts relchecks reltoastrelid relrewrite reltype"
                // Told with the parent.
                " relpartbound ",
     .unhashed = " relispopulated reltablespace ",
     // An index that is not valid is in no dump.
     .unhashed_rows = "r.relkind = 'i' AND " IS_INVALID("oid"),
     .rights = {"relacl", "CASE r.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\"", "relowner"},
     .values = {{"relowner", "CASE WHEN " FOLLOWS_TABLE " THEN '(of its table)' ELSE pg_get_userbyid(r.relowner) END"},
                {"relnamespace", "CASE WHEN " FOLLOWS_TABLE " THEN '(of its table)'"
                                 " ELSE r.relnamespace::regnamespace::text END"},
                {"reloptions", "CASE WHEN r.reloptions IS NULL THEN '{}' ELSE"
                               " ARRAY(SELECT v FROM unnest(r.reloptions) v ORDER BY v COLLATE \"C\") END"},
                // Its TOAST table, which has the options, is not looked at.
                {"toast_options", "(SELECT t.reloptions FROM pg_class t WHERE t.oid = r.reltoastrelid)"}}},
    {.name = "pg_attribute",
     .object = "'pg_class'::regclass, r.attrelid, r.attnum",
     // Columns of indexes have names of their own, made of what they index.
     .type = "CASE WHEN k.is_index THEN 'index column' END",
     .identity = "CASE WHEN k.is_index THEN r.attrelid::regclass::text || ' column ' || r.attnum END",
     .relation = "r.attrelid",
     .holder = "'pg_class'::regclass, CASE WHEN k.is_index THEN " TABLE_OF("attrelid") " ELSE r.attrelid END",
     .skip = "r.attnum < 1 OR r.attisdropped",
     // What is generated is generated again.
     .data = "k.relkind IN ('r', 'p', 'm') AND r.attgenerated = ''",
     .ignored = " attnum attcacheoff attlen attbyval attalign atthasmissing attmissingval atthasdef attndims atttypmod"
                " attisdropped ",
     .unhashed_rows = "k.relkind = 'i' AND " IS_INVALID("attrelid"),
     .rights = {"attacl", nullptr, nullptr},
     .values = {{"attname", "CASE WHEN NOT k.is_index THEN r.attname END"},
                {"atttypid", "format_type(r.atttypid, r.atttypmod)", false, "ROW(r.atttypid, r.atttypmod)"},
                // PostgreSQL 15.20 keeps a version number among the options.
                {"attoptions",
                 "CASE WHEN r.attoptions IS NULL THEN '{}' ELSE ARRAY(SELECT v FROM unnest(r.attoptions) v"
                 " WHERE v NOT LIKE 'pg_attver=%' ORDER BY v COLLATE \"C\") END"},
                // Columns that were dropped leave gaps in attnum, but not in the order, which is part of a row type.
                {"position",
                 "CASE WHEN k.relkind IN ('v', 'm', 'c') OR $2 THEN (SELECT count(*) FROM pg_attribute a WHERE"
                 " a.attrelid = r.attrelid AND a.attnum BETWEEN 1 AND r.attnum AND NOT a.attisdropped) END"}}},
    {.name = "pg_attrdef",
     .relation = "r.adrelid",
     .ignored = " oid ",
     // Only what is generated speaks of columns. Opening the table for that is dearer than all the rest.
     .values = {{"adbin",
                 "pg_get_expr(r.adbin, (SELECT CASE WHEN a.attgenerated <> '' THEN a.attrelid ELSE 0 END"
                 " FROM pg_attribute a WHERE a.attrelid = r.adrelid AND a.attnum = r.adnum))",
                 true}}},
    {.name = "pg_constraint",
     .relation = "nullif(r.conrelid, 0)",
     .holder = "CASE WHEN r.conrelid <> 0 THEN 'pg_class'::regclass ELSE 'pg_type'::regclass END,"
               " CASE WHEN r.conrelid <> 0 THEN r.conrelid ELSE r.contypid END",
     // It has the schema of its table or domain.
     .ignored = " conindid conkey confkey conpfeqop conppeqop conffeqop conexclop conparentid connamespace ",
     // Those of partitions are made with their parent's, under a name of their own.
     .unhashed_rows = "r.contype = 'f' AND r.conparentid <> 0",
     // Only of a CHECK it says something.
     .values = {{"connoinherit", "CASE WHEN r.contype NOT IN ('p', 'u', 'x', 'f') THEN r.connoinherit END"},
                {"conbin", "pg_get_expr(r.conbin, r.conrelid)", true},
                {"condef", "CASE WHEN r.conbin IS NULL AND r.contype <> 'x' THEN pg_get_constraintdef(r.oid) END",
                 false,
                 "ROW(r.contype, r.conkey, r.confrelid, r.confkey, r.conpfeqop, r.confupdtype, r.confdeltype,"
                 " r.confmatchtype)"},
                {"exclusion", "CASE WHEN r.contype = 'x' THEN pg_get_constraintdef(r.oid) END", true,
                 "ROW(r.conkey, r.conexclop)"},
                {"has_parent", "(r.conparentid <> 0)"}}},
    {.name = "pg_index",
     .object = OF_RELATION("indexrelid"),
     .relation = "r.indrelid",
     .ignored = " indexrelid indcheckxmin indnatts indisready indislive ",
     .unhashed_rows = "NOT r.indisvalid AND k.relkind <> 'p'",
     .values = {{"indexprs", "pg_get_expr(r.indexprs, r.indrelid)", true},
                {"indpred", "pg_get_expr(r.indpred, r.indrelid)", true}}},
    {.name = "pg_inherits",
     .object = OF_RELATION("inhrelid"),
     .type = "'inheritance'",
     .identity = "r.inhrelid::regclass || ' from ' || r.inhparent::regclass",
     .relation = "r.inhrelid",
     .ignored = " inhseqno ",
     .values = {{"bound", "(SELECT pg_get_expr(c.relpartbound, c.oid) FROM pg_class c WHERE c.oid = r.inhrelid)"},
                {"position", "CASE WHEN $2 THEN (SELECT count(*) FROM pg_inherits h WHERE h.inhrelid = r.inhrelid"
                             " AND h.inhseqno <= r.inhseqno) END"}}},
    {.name = "pg_partitioned_table",
     .object = OF_RELATION("partrelid"),
     .relation = "r.partrelid",
     .ignored = " partnatts ",
     .values = {{"partexprs", "pg_get_expr(r.partexprs, r.partrelid)", true}}},
    {.name = "pg_sequence", .object = OF_RELATION("seqrelid"), .relation = "r.seqrelid"},
    {.name = "pg_foreign_table", .object = OF_RELATION("ftrelid"), .relation = "r.ftrelid"},
    {.name = "pg_rewrite",
     // The rule of a view is the view.
     .object = "CASE WHEN r.rulename = '_RETURN' THEN 'pg_class'::regclass ELSE 'pg_rewrite'::regclass END,"
               " CASE WHEN r.rulename = '_RETURN' THEN r.ev_class ELSE r.oid END, 0",
     .relation = "r.ev_class",
     .ignored = " ev_qual ",
     .values = {{"ev_action",
                 "CASE WHEN r.rulename = '_RETURN' THEN pg_get_viewdef(r.ev_class) ELSE pg_get_ruledef(r.oid) END",
                 true, "ROW(r.ev_action, r.ev_qual)"}}},
    {.name = "pg_trigger",
     // The names of a constraint's triggers are made of OIDs.
     .identity = "CASE WHEN r.tgisinternal THEN (pg_identify_object('pg_constraint'::regclass, r.tgconstraint, 0))"
                 ".identity || ' by ' || r.tgfoid::regprocedure || ' on ' || r.tgrelid::regclass END",
     .relation = "r.tgrelid",
     .ignored = " tgargs tgqual tgparentid tgconstrindid tgnargs ",
     // They are their constraint's; that they are disabled is in no dump.
     .unhashed_rows = "r.tgisinternal",
     .values = {{"tgname", "CASE WHEN NOT r.tgisinternal THEN r.tgname END"},
                {"definition", "CASE WHEN NOT r.tgisinternal THEN pg_get_triggerdef(r.oid) END", true,
                 "ROW(r.tgtype, r.tgattr, r.tgfoid, r.tgargs, r.tgqual, r.tgoldtable, r.tgnewtable)"},
                {"has_parent", "(r.tgparentid <> 0)"}}},
    {.name = "pg_policy",
     .relation = "r.polrelid",
     .values = {{"polroles", "ARRAY(SELECT CASE v WHEN 0 THEN 'public' ELSE pg_get_userbyid(v) END"
                             " FROM unnest(r.polroles) v ORDER BY 1)"},
                {"polqual", "pg_get_expr(r.polqual, r.polrelid)", true},
                {"polwithcheck", "pg_get_expr(r.polwithcheck, r.polrelid)", true}}},
    {.name = "pg_statistic_ext",
     .relation = "r.stxrelid",
     // Kept in the order of the columns.
     .values = {{"stxkeys", "ARRAY(SELECT a.attname FROM pg_attribute a"
                            " WHERE a.attrelid = r.stxrelid AND a.attnum = ANY (r.stxkeys) ORDER BY 1)"},
                {"stxexprs", "pg_get_expr(r.stxexprs, r.stxrelid)", true}}},

    // Types -----------------------------------------------------------------------------------------------
    {.name = "pg_type",
     .type = "CASE WHEN r.typtype = 'd' THEN 'domain' WHEN " IS_ROW_TYPE " THEN 'row type' ELSE 'type' END",
     // Array types are their elements'.
     .skip = "EXISTS (SELECT FROM pg_type e WHERE e.typarray = r.oid)",
     .ignored = " typarray typrelid typdefault typtypmod typndims ",
     // What is granted on row types is in no dump.
     .unhashed_rows = IS_ROW_TYPE,
     .rights = {"typacl", "'T'", "typowner"},
     // Row types have what their relations have, and multiranges mostly what their ranges have.
     .values = {{"typname", "CASE WHEN NOT " IS_ROW_TYPE " THEN r.typname END"},
                {"typowner", "CASE WHEN NOT " IS_ROW_TYPE " THEN CASE WHEN r.typowner = " OF_RANGE(
                                 "typowner") " THEN '(of its range)' ELSE pg_get_userbyid(r.typowner) END END"},
                {"typnamespace",
                 "CASE WHEN NOT " IS_ROW_TYPE " THEN CASE WHEN r.typnamespace = " OF_RANGE(
                     "typnamespace") " THEN '(of its range)' ELSE r.typnamespace::regnamespace::text END END"},
                {"typalign", "CASE WHEN r.typtype <> 'm' THEN r.typalign END"},
                {"typdefaultbin", "coalesce(pg_get_expr(r.typdefaultbin, 0), r.typdefault)", true,
                 "ROW(r.typdefaultbin, r.typdefault)"},
                {"typbasetype", "CASE WHEN r.typbasetype <> 0 THEN format_type(r.typbasetype, r.typtypmod) END", false,
                 "ROW(r.typbasetype, r.typtypmod)"}}},
    {.name = "pg_collation", .unhashed = " collencoding collversion "},
    {.name = "pg_enum",
     .object = OF_TYPE("enumtypid"),
     .type = "'enum label'",
     .identity = "quote_literal(r.enumlabel) || ' of ' || i.identity",
     .ignored = " ",
     .values = {{"enumsortorder", "(SELECT count(*) FROM pg_enum e"
                                  " WHERE e.enumtypid = r.enumtypid AND e.enumsortorder <= r.enumsortorder)"}}},
    {.name = "pg_range", .object = OF_TYPE("rngtypid")},

    // Functions and operators -----------------------------------------------------------------------------
    {.name = "pg_proc",
     .rights = {"proacl", "'f'", "proowner"},
     .values = {{"proargdefaults", "pg_get_expr(r.proargdefaults, 0)", true},
                {"prosqlbody", "pg_get_function_sqlbody(r.oid)", true}}},
    {.name = "pg_aggregate", .object = "'pg_proc'::regclass, r.aggfnoid, 0"},
    {.name = "pg_amop", .holder = "'pg_opfamily'::regclass, r.amopfamily"},
    {.name = "pg_amproc", .holder = "'pg_opfamily'::regclass, r.amprocfamily"},
    {.name = "pg_language", .rights = {"lanacl", "'l'", "lanowner"}},

    // Text search -----------------------------------------------------------------------------------------
    {.name = "pg_ts_config_map",
     .object = "'pg_ts_config'::regclass, r.mapcfg, 0",
     .type = "'text search mapping'",
     .identity = "r.maptokentype || ' ' || r.mapseqno || ' of ' || i.identity"},

    // Foreign data ----------------------------------------------------------------------------------------
    {.name = "pg_foreign_data_wrapper", .rights = {"fdwacl", "'F'", "fdwowner"}},
    {.name = "pg_foreign_server", .rights = {"srvacl", "'S'", "srvowner"}},
    {.name = "pg_user_mapping", .values = {{"umoptions", SECRET("umoptions")}}},

    // Replication -----------------------------------------------------------------------------------------
    {.name = "pg_publication_rel",
     .relation = "r.prrelid",
     .ignored = " oid ",
     .values = {{"prqual", "pg_get_expr(r.prqual, r.prrelid)", true},
                {"prattrs", "ARRAY(SELECT a.attname FROM pg_attribute a"
                            " WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs) ORDER BY 1)"}}},
    // Those of subscriptions have names made of OIDs.
    {.name = "pg_replication_origin",
     .type = "'replication origin'",
     .identity = "r.roname",
     .skip = "r.roname ~ '^pg_[0-9]'",
     .ignored = " roident ",
     .hashed = false},
    {.name = "pg_subscription", .hashed = false, .values = {{"subconninfo", SECRET("subconninfo")}}},

    // What hangs on other objects -------------------------------------------------------------------------
    {.name = "pg_description",
     .object = OF_ANY,
     .type = "'comment'",
     .identity = ON_OBJECT,
     .ignored = " objoid classoid objsubid "},
    {.name = "pg_seclabel",
     .object = OF_ANY,
     .type = "'security label'",
     .identity = ON_OBJECT " || ' by ' || r.provider",
     .ignored = " objoid classoid objsubid "},
    {.name = "pg_init_privs",
     .object = OF_ANY,
     .type = "'initial privileges'",
     .identity = ON_OBJECT,
     .ignored = " objoid classoid objsubid ",
     .hashed = false},
    {.name = "pg_default_acl",
     .rights = {"defaclacl", "CASE r.defaclobjtype WHEN 'S' THEN 's' ELSE r.defaclobjtype END", "defaclrole"}},
    {.name = "pg_depend",
     .object = "r.classid, r.objid, r.objsubid",
     .type = "CASE r.deptype WHEN 'e' THEN 'extension member' WHEN 'x' THEN 'dependency on an extension'"
             " ELSE 'sequence ownership' END",
     .identity = "i.type || ' ' || coalesce(i.identity, r.objid::text) || ' of '"
                 " || (pg_identify_object(r.refclassid, r.refobjid, r.refobjsubid)).identity",
     .holder = "r.refclassid, r.refobjid",
     // Of dependencies, only those that a command makes for their own sake.
     .skip = "NOT (r.deptype IN ('e', 'x') OR r.deptype IN ('a', 'i') AND r.refobjsubid > 0"
             " AND r.classid = 'pg_class'::regclass AND r.refclassid = 'pg_class'::regclass"
             " AND EXISTS (SELECT FROM pg_class c WHERE c.oid = r.objid AND c.relkind = 'S'))"
             // From 18 on row and array types are members too; they belong to relations and elements all the same.
             " OR r.classid = 'pg_type'::regclass AND EXISTS (SELECT FROM pg_depend d WHERE d.classid = r.classid"
             " AND d.objid = r.objid AND d.deptype = 'i')",
     .ignored = " classid objid objsubid refclassid refobjid refobjsubid ",
     .hashed_members =
         "r.deptype = 'e' AND r.refobjid <> (SELECT e.oid FROM pg_extension e WHERE e.extname = 'pg_flux')"},

    // The whole database, and the cluster -----------------------------------------------------------------
    {.name = "pg_namespace", .skip = "r.nspname ~ '^pg_(toast_)?temp_'", .rights = {"nspacl", "'n'", "nspowner"}},
    {.name = "pg_extension", .ignored = " oid "},
    {.name = "pg_largeobject_metadata",
     .object = "'pg_largeobject'::regclass, r.oid, 0",
     .hashed = false,
     .rights = {"lomacl", "'L'", "lomowner"}},
    // The same password has another text in another cluster: not for the hash.
    {.name = "pg_authid", .values = {{"rolpassword", "CASE WHEN $1 IS NOT NULL THEN " SECRET("rolpassword") " END"}}},
    {.name = "pg_auth_members",
     .object = "'pg_authid'::regclass, r.roleid, 0",
     .type = "'role membership'",
     .identity = "pg_get_userbyid(r.member) || ' in ' || pg_get_userbyid(r.roleid)"},
    {.name = "pg_database",
     .ignored = " datfrozenxid datminmxid datlastsysoid ",
     .rights = {"datacl", "'d'", "datdba"}},
    {.name = "pg_tablespace", .rights = {"spcacl", "'t'", "spcowner"}},
    {.name = "pg_db_role_setting",
     .object = "'pg_authid'::regclass, nullif(r.setrole, 0), 0",
     .type = "'settings'",
     .identity = "coalesce('of role ' || pg_get_userbyid(nullif(r.setrole, 0)), 'of all roles')"
                 " || coalesce(' in database ' || (SELECT datname FROM pg_database WHERE oid = r.setdatabase), '')"},
    {.name = "pg_shdescription",
     .object = "r.classoid, r.objoid, 0",
     .type = "'comment'",
     .identity = ON_OBJECT,
     .ignored = " objoid "},
    {.name = "pg_shseclabel",
     .object = "r.classoid, r.objoid, 0",
     .type = "'security label'",
     .identity = ON_OBJECT " || ' by ' || r.provider",
     .ignored = " objoid "},
    {.name = "pg_parameter_acl", .rights = {"paracl", nullptr, nullptr}},
};

} // namespace

Catalog find_catalog(const char *name) {
  for (const Catalog &catalog : catalogs)
    if (strcmp(catalog.name, name) == 0)
      return catalog;
  return {.name = name};
}

} // namespace pg_flux::snapshot
