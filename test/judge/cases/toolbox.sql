-- A library of types, functions, aggregates and operators, and the odd corners of DDL.
-- roles: flux_judge_user flux_judge_maker
CREATE SCHEMA lib;
CREATE TYPE lib.rgb AS (r int2, g int2, b int2);
CREATE TYPE lib.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TYPE lib.floatrange AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = float8mi);
CREATE DOMAIN lib.percent AS numeric(5, 2) CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN lib.rate AS lib.percent DEFAULT 19;
CREATE FUNCTION lib.brightness(c lib.rgb) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN 0.299 * c.r + 0.587 * c.g + 0.114 * c.b;
CREATE FUNCTION lib.darker(a lib.rgb, b lib.rgb) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN lib.brightness(a) < lib.brightness(b);
CREATE OPERATOR lib.<<| (FUNCTION = lib.darker, LEFTARG = lib.rgb, RIGHTARG = lib.rgb);
CREATE FUNCTION lib.sum_state(state numeric, value lib.percent) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN state + value;
CREATE AGGREGATE lib.total(lib.percent) (SFUNC = lib.sum_state, STYPE = numeric, INITCOND = '0');
CREATE FUNCTION lib.to_rgb(hex text) RETURNS lib.rgb LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN ROW(1, 2, 3); END $$;
CREATE CAST (text AS lib.rgb) WITH FUNCTION lib.to_rgb(text);
CREATE TABLE lib.paint (
  id smallserial PRIMARY KEY, colour lib.rgb, gloss lib.percent, mood lib.mood DEFAULT 'ok', wave lib.floatrange,
  tax lib.rate, spare text
);
CREATE VIEW lib.dark AS SELECT a.id FROM lib.paint a, lib.paint b WHERE a.colour OPERATOR(lib.<<|) b.colour;
CREATE VIEW lib.sums AS SELECT mood, lib.total(gloss) AS gloss FROM lib.paint GROUP BY mood;
CREATE TABLE lib.of_type OF lib.rgb (PRIMARY KEY (r), g WITH OPTIONS DEFAULT 0);
CREATE SEQUENCE lib.ticket AS int START 100 INCREMENT 5;
CREATE SEQUENCE lib.paint_code OWNED BY lib.paint.spare;
COMMENT ON AGGREGATE lib.total(lib.percent) IS 'may be beyond 100';
COMMENT ON OPERATOR lib.<<| (lib.rgb, lib.rgb) IS 'darker';
GRANT USAGE ON SCHEMA lib TO flux_judge_user;
GRANT EXECUTE ON FUNCTION lib.total(lib.percent) TO flux_judge_user;
REVOKE USAGE ON TYPE lib.mood FROM PUBLIC;
INSERT INTO lib.paint (colour, gloss) VALUES (ROW(1, 1, 1), 50);

-- case: operators with their operator class
CREATE FUNCTION lib.lighter(a lib.rgb, b lib.rgb) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN lib.darker(b, a);
CREATE FUNCTION lib.alike(a lib.rgb, b lib.rgb) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN lib.brightness(a) = lib.brightness(b);
CREATE FUNCTION lib.compare(a lib.rgb, b lib.rgb) RETURNS int LANGUAGE sql IMMUTABLE RETURN sign(lib.brightness(a) - lib.brightness(b))::int;
CREATE OPERATOR lib.|>> (FUNCTION = lib.lighter, LEFTARG = lib.rgb, RIGHTARG = lib.rgb, COMMUTATOR = OPERATOR(lib.<<|));
CREATE OPERATOR lib.~= (FUNCTION = lib.alike, LEFTARG = lib.rgb, RIGHTARG = lib.rgb, COMMUTATOR = OPERATOR(lib.~=), RESTRICT = eqsel);
CREATE OPERATOR CLASS lib.rgb_ops FOR TYPE lib.rgb USING btree AS
  OPERATOR 1 lib.<<|, OPERATOR 3 lib.~=, OPERATOR 5 lib.|>>, FUNCTION 1 lib.compare(lib.rgb, lib.rgb);
CREATE INDEX paint_by_colour ON lib.paint (colour lib.rgb_ops);

-- case: an operator that nothing uses goes, and its function
DROP VIEW lib.dark;
DROP OPERATOR lib.<<| (lib.rgb, lib.rgb);
DROP FUNCTION lib.darker(lib.rgb, lib.rgb);

-- case: the aggregate gets another state, under a view
DROP VIEW lib.sums;
DROP AGGREGATE lib.total(lib.percent);
CREATE AGGREGATE lib.total(lib.percent) (SFUNC = lib.sum_state, STYPE = numeric, INITCOND = '0', PARALLEL = SAFE, COMBINEFUNC = numeric_add);
CREATE VIEW lib.sums AS SELECT mood, lib.total(gloss) AS gloss FROM lib.paint GROUP BY mood;

-- case: an aggregate replaced in place
CREATE OR REPLACE AGGREGATE lib.total(lib.percent) (SFUNC = lib.sum_state, STYPE = numeric, INITCOND = '1');
ALTER AGGREGATE lib.total(lib.percent) OWNER TO flux_judge_maker;

-- case: an ordered-set aggregate, and a moving one
CREATE FUNCTION lib.keep(state text[], value text) RETURNS text[] LANGUAGE sql IMMUTABLE RETURN state || value;
CREATE FUNCTION lib.drop_first(state text[], value text) RETURNS text[] LANGUAGE sql IMMUTABLE RETURN state[2:];
CREATE FUNCTION lib.nth(state text[], n int) RETURNS text LANGUAGE sql IMMUTABLE RETURN state[n];
CREATE AGGREGATE lib.nth_value(n int ORDER BY value text) (SFUNC = lib.keep, STYPE = text[], FINALFUNC = lib.nth);
CREATE AGGREGATE lib.list(text) (SFUNC = lib.keep, STYPE = text[], INITCOND = '{}',
  MSFUNC = lib.keep, MINVFUNC = lib.drop_first, MSTYPE = text[], MINITCOND = '{}');

-- case: casts
CREATE FUNCTION lib.to_text(c lib.rgb) RETURNS text LANGUAGE sql IMMUTABLE RETURN format('#%s%s%s', c.r, c.g, c.b);
CREATE CAST (lib.rgb AS text) WITH FUNCTION lib.to_text(lib.rgb) AS ASSIGNMENT;
CREATE CAST (lib.mood AS text) WITH INOUT AS IMPLICIT;
COMMENT ON CAST (lib.rgb AS text) IS 'as in CSS';

-- case: a cast goes, its function changes
DROP CAST (text AS lib.rgb);
CREATE OR REPLACE FUNCTION lib.to_rgb(hex text) RETURNS lib.rgb LANGUAGE sql IMMUTABLE STRICT RETURN ROW(3, 2, 1)::lib.rgb;
CREATE CAST (text AS lib.rgb) WITH FUNCTION lib.to_rgb(text) AS IMPLICIT;

-- case: domains on domains
CREATE DOMAIN lib.discount AS lib.rate CONSTRAINT small CHECK (VALUE < 50) NOT NULL;
ALTER DOMAIN lib.rate SET DEFAULT 7;
ALTER DOMAIN lib.percent RENAME CONSTRAINT percent_check TO in_percent;
CREATE TABLE lib.sale (id int PRIMARY KEY, off lib.discount DEFAULT 10);

-- case: ranges and multiranges
CREATE FUNCTION lib.time_diff(a time, b time) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN extract(epoch FROM a - b);
CREATE TYPE lib.timerange AS RANGE (SUBTYPE = time, SUBTYPE_DIFF = lib.time_diff, MULTIRANGE_TYPE_NAME = lib.timeranges);
ALTER TABLE lib.paint ADD COLUMN sold lib.timeranges, ADD COLUMN opening lib.timerange DEFAULT '[09:00,17:00)';
CREATE INDEX paint_opening ON lib.paint USING gist (opening);
COMMENT ON TYPE lib.timerange IS 'within a day';

-- case: types change owner, schema and rights
ALTER TYPE lib.rgb OWNER TO flux_judge_maker;
ALTER TYPE lib.mood SET SCHEMA public;
ALTER DOMAIN lib.percent SET SCHEMA public;
ALTER TYPE lib.floatrange RENAME TO wave_range;
GRANT USAGE ON TYPE public.mood TO flux_judge_user WITH GRANT OPTION;
REVOKE USAGE ON TYPE lib.rgb FROM PUBLIC;

-- case: a typed table becomes untyped, another typed
ALTER TABLE lib.of_type NOT OF;
CREATE TABLE lib.other (r int2, g int2, b int2);
ALTER TABLE lib.other OF lib.rgb;
COMMENT ON TABLE lib.of_type IS 'free';

-- case: the type of a typed table grows
ALTER TYPE lib.rgb ADD ATTRIBUTE a int2 CASCADE;
COMMENT ON COLUMN lib.rgb.a IS 'alpha';

-- case: sequences
ALTER SEQUENCE lib.ticket RENAME TO number;
ALTER SEQUENCE lib.number INCREMENT BY 1 MAXVALUE 5000 CACHE 10 CYCLE;
ALTER SEQUENCE lib.paint_code OWNED BY NONE;
CREATE SEQUENCE lib.fresh AS smallint MINVALUE -5 START -1 INCREMENT -1;
GRANT USAGE, SELECT ON SEQUENCE lib.fresh TO flux_judge_user;
COMMENT ON SEQUENCE lib.number IS 'of the queue';

-- case: a sequence gets a column for an owner
-- left: setval
ALTER TABLE lib.paint ADD COLUMN ticket int NOT NULL DEFAULT nextval('lib.ticket');
ALTER SEQUENCE lib.ticket OWNED BY lib.paint.ticket;
ALTER TABLE lib.paint ADD UNIQUE (ticket);

-- case: functions of every kind
CREATE FUNCTION lib.f(INOUT a int, OUT b text, c date DEFAULT now()) LANGUAGE plpgsql COST 7 AS $$ BEGIN b := a; END $$;
CREATE FUNCTION lib.f(text, lib.rgb[]) RETURNS SETOF record LANGUAGE sql ROWS 3 STRICT PARALLEL RESTRICTED AS 'SELECT 1, 2';
CREATE FUNCTION lib.w() RETURNS bigint LANGUAGE internal WINDOW AS 'window_row_number';
CREATE FUNCTION lib.any(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS 'SELECT $1';
CREATE PROCEDURE lib.p(VARIADIC list text[]) LANGUAGE sql BEGIN ATOMIC DELETE FROM lib.paint WHERE spare = ANY (list); END;
ALTER FUNCTION lib.f(text, lib.rgb[]) SECURITY DEFINER SET timezone FROM CURRENT;
ALTER ROUTINE lib.p(text[]) OWNER TO flux_judge_maker;

-- case: functions change what can be altered
ALTER FUNCTION lib.brightness(lib.rgb) STABLE PARALLEL SAFE COST 3 SET datestyle = 'ISO, DMY';
ALTER FUNCTION lib.to_rgb(text) CALLED ON NULL INPUT SECURITY DEFINER LEAKPROOF;
ALTER FUNCTION lib.darker(lib.rgb, lib.rgb) RENAME TO is_darker;
ALTER OPERATOR lib.<<| (lib.rgb, lib.rgb) SET (RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
ALTER OPERATOR lib.<<| (lib.rgb, lib.rgb) OWNER TO flux_judge_maker;

-- case: functions swap their names
CREATE FUNCTION lib.other(c lib.rgb) RETURNS numeric LANGUAGE sql IMMUTABLE RETURN 1;
ALTER FUNCTION lib.brightness(lib.rgb) RENAME TO tmp;
ALTER FUNCTION lib.other(lib.rgb) RENAME TO brightness;
ALTER FUNCTION lib.tmp(lib.rgb) RENAME TO other;

-- case: languages, a conversion and a transform
CREATE TRUSTED LANGUAGE plfake HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
CREATE CONVERSION lib.latin1 FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON LANGUAGE plfake IS 'as plpgsql';
CREATE FUNCTION lib.in_fake() RETURNS int LANGUAGE plfake AS 'BEGIN RETURN 1; END';
GRANT USAGE ON LANGUAGE plfake TO flux_judge_user;

-- case: an access method for tables and one for indexes
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE ACCESS METHOD btree2 TYPE INDEX HANDLER bthandler;
CREATE TABLE lib.in_heap2 (a int, b text) USING heap2;
COMMENT ON ACCESS METHOD heap2 IS 'as heap';

-- case: an operator family of its own, with loose members
CREATE OPERATOR FAMILY lib.numbers USING btree;
ALTER OPERATOR FAMILY lib.numbers USING btree ADD
  OPERATOR 1 < (int4, int8), OPERATOR 3 = (int4, int8), FUNCTION 1 (int4, int8) btint48cmp(int4, int8);
ALTER OPERATOR FAMILY lib.numbers USING btree RENAME TO all_numbers;
ALTER OPERATOR FAMILY lib.all_numbers USING btree OWNER TO flux_judge_maker;

-- case: large comments, security of schemas, a schema made with what is in it
CREATE SCHEMA extra AUTHORIZATION flux_judge_maker
  CREATE TABLE thing (id int PRIMARY KEY)
  CREATE VIEW things AS SELECT id FROM thing
  GRANT SELECT ON things TO flux_judge_user;
COMMENT ON SCHEMA extra IS 'line one
line two; with -- dashes and $$ dollars $$';
ALTER DEFAULT PRIVILEGES FOR ROLE flux_judge_maker IN SCHEMA extra GRANT SELECT ON TABLES TO flux_judge_user;

-- case: columns lose default, storage, statistics and options
ALTER TABLE lib.paint ALTER mood DROP DEFAULT, ALTER spare SET STORAGE PLAIN, ALTER spare SET STATISTICS 0;
ALTER TABLE lib.paint ALTER gloss SET (n_distinct = 5, n_distinct_inherited = -1), ALTER tax SET DEFAULT 5;
ALTER INDEX lib.paint_pkey SET (fillfactor = 50);
ALTER TABLE lib.paint SET (parallel_workers = 2, vacuum_index_cleanup = off);

-- case: what is made and dropped again leaves nothing
CREATE TABLE lib.scratch (id serial PRIMARY KEY, v text);
INSERT INTO lib.scratch (v) VALUES ('a');
CREATE TEMPORARY TABLE scratch AS SELECT * FROM lib.scratch;
DROP TABLE lib.scratch;
ALTER TABLE lib.paint ADD COLUMN tmp int;
ALTER TABLE lib.paint DROP COLUMN tmp;
ALTER TABLE lib.paint ALTER spare SET DEFAULT 'x';
ALTER TABLE lib.paint ALTER spare DROP DEFAULT;

-- case: what is there already is left alone
CREATE TABLE IF NOT EXISTS lib.paint (id int);
CREATE SEQUENCE IF NOT EXISTS lib.ticket;
CREATE SCHEMA IF NOT EXISTS lib;
ALTER TABLE lib.paint ADD COLUMN IF NOT EXISTS spare text;
CREATE INDEX IF NOT EXISTS paint_mood ON lib.paint (mood);
DROP TABLE IF EXISTS lib.nothing;
