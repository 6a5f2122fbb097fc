--
-- What a migration file means: sections, markers, and where statements begin.
--
-- read_file() registers a text, shows what plan() makes of its Up and its Down, and takes everything back.
--
CREATE FUNCTION pg_temp.read_file(body text, undo text DEFAULT NULL)
    RETURNS TABLE (section text, number int, line int, autocommit boolean, statement text)
LANGUAGE plpgsql AS $$
DECLARE
    read jsonb;
BEGIN
    BEGIN
        PERFORM pg_flux.register('1.sql', body, undo);
        SET LOCAL client_min_messages = warning;
        read := (SELECT jsonb_agg(to_jsonb(plan) || '{"section": "Up"}') FROM pg_flux.plan(1, 'up') AS plan);
        PERFORM pg_flux.apply();
        read := coalesce(read, '[]') ||
            (SELECT jsonb_agg(to_jsonb(plan) || '{"section": "Down"}') FROM pg_flux.plan(1, 'down') AS plan);
        RAISE SQLSTATE 'UNDO1';
    EXCEPTION WHEN SQLSTATE 'UNDO1' THEN
        NULL;
    END;
    RETURN QUERY SELECT * FROM jsonb_to_recordset(read)
                 AS plan(section text, number int, line int, autocommit boolean, statement text);
END
$$;

-- Markers ------------------------------------------------------------------------------------------------------------

-- Both sections, in their own lines.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;
SELECT 2;

-- +migrate Down
SELECT 3;
');
-- Letter case, indentation and the space after the dashes are free, and so are blanks around the words.
SELECT * FROM pg_temp.read_file('--+MIGRATE uP
SELECT 1;
	 --    +migrate	  DOWN  	
SELECT 2;
');
-- No line feed at the end, not even after the marker or a comment.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1
-- +migrate Down
SELECT 2 -- the end');
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1
-- +migrate Down');
-- A byte order mark, and the line ends of another system.
SELECT * FROM pg_temp.read_file(E'\uFEFF-- +migrate Up\r\nSELECT 1,\r\n       2;\r\n\r\n-- +migrate Down\r\nSELECT 3;\r\n');
SELECT * FROM pg_temp.read_file(E'\uFEFFSELECT 1;', E'\uFEFFSELECT 2;');
-- No marker: all of it is Up, and Down comes from the undo text.
SELECT * FROM pg_temp.read_file('SELECT 1;
SELECT 2;', '
SELECT 3;');
SELECT * FROM pg_temp.read_file('SELECT 1;');
-- Markers are welcome in the undo text too.
SELECT * FROM pg_temp.read_file('SELECT 1;', '-- +migrate Down
SELECT 2;');
-- An Up marker without Down: Down comes from the undo text.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;', 'SELECT 2;');
-- A Down section wins over the undo text, also when there is nothing in it.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;
-- +migrate Down
SELECT 2;', 'SELECT 3;');
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;
-- +migrate Down
', 'SELECT 3;');
-- Comments and blanks are no Down SQL.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;
-- +migrate Down
-- MANUAL UNDO REQUIRED: DROP TABLE users;
/* SELECT 2; /* and */ this */
;;
');
SELECT * FROM pg_temp.read_file('SELECT 1;', '
-- nothing
');
-- Down before Up.
SELECT * FROM pg_temp.read_file('-- +migrate Down
SELECT 2;
-- +migrate Up
SELECT 1;
');
-- Several sections of a kind run as one, in file order.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1
-- +migrate Down
SELECT 4;
-- +migrate Up
SELECT 2;
SELECT 3;
-- +migrate Down
SELECT 5;
');
SELECT * FROM pg_temp.read_file('SELECT 1;', '-- +migrate Down
SELECT 2;
-- +migrate Down
SELECT 3;
');
-- What stands before the first marker is ignored: comments silently, anything else with a warning.
SELECT * FROM pg_temp.read_file('-- A header.
/* -- +migrate Down */

-- +migrate Up
SELECT 1;
');
SELECT * FROM pg_temp.read_file('SELECT 0;
-- +migrate Up
SELECT 1;
');
SELECT * FROM pg_temp.read_file('SELECT 1;', 'SELECT 2;
-- +migrate Down
SELECT 3;
');
-- An Up without statements runs nothing, and says so.
SELECT * FROM pg_temp.read_file('-- +migrate Up
-- nothing yet
-- +migrate Down
SELECT 1;
');
-- StatementBegin and StatementEnd change nothing.
SELECT * FROM pg_temp.read_file('-- +migrate Up
-- +migrate StatementBegin
DO $$
BEGIN
    PERFORM 1;
END
$$;
-- +migrate StatementEnd
SELECT 2;
-- +migrate Down
--+migrate statementbegin
SELECT 3;
--+migrate statementend
');

-- What is no marker --------------------------------------------------------------------------------------------------

-- In a string, an escape string, a dollar quote, a quoted identifier.
SELECT * FROM pg_temp.read_file($file$-- +migrate Up
SELECT '
-- +migrate Down
''
-- +migrate Down
', E'\'
-- +migrate Down
\\\'
-- +migrate Down
', U&'
-- +migrate Down
', $$
-- +migrate Down
$$, $a$ $$ $b$
-- +migrate Down
$a$ AS "
-- +migrate Down
""
-- +migrate Down
";
-- +migrate Down
SELECT 2;
$file$);
-- A backslash is an escape in an escape string only, and in what continues one.
SELECT * FROM pg_temp.read_file($file$-- +migrate Up
SELECT '\';
-- +migrate Down
SELECT E'a'
'\'
-- +migrate Up
';
$file$);
-- In block comments, nested ones too; after other comments.
SELECT * FROM pg_temp.read_file('-- +migrate Up
/*
-- +migrate Down
/* -- +migrate Down
*/
-- +migrate Down
*/ SELECT 1; -- -- +migrate Down
-- see also: -- +migrate Down
--- +migrate Down
-- +migrated Down
-- migrate Down
', 'SELECT 2;');
-- Behind something else on the line.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1; -- +migrate Down
/**/ -- +migrate Down
SELECT 2;
', 'SELECT 3;');
-- A dollar in an identifier opens no quote.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1 AS a$b$;
-- +migrate Down
SELECT 2 AS c$b$;
');
-- A body that is itself a migration.
SELECT * FROM pg_temp.read_file($file$-- +migrate Up
DO $do$
BEGIN
    EXECUTE $sql$
-- +migrate Up
SELECT 1;
-- +migrate Down
SELECT 2;
$sql$;
END
$do$;
-- +migrate Down
SELECT 3;
$file$);

-- Misspelt markers are refused, so that no Down is taken for a part of Up.
SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT 1;
-- +migrate Dwon
SELECT 2;');
SELECT pg_flux.register('1.sql', '-- +migrate
SELECT 1;');
SELECT pg_flux.register('1.sql', '-- +migrate Up
SELECT 1;
-- +migrate Down no_transaction
SELECT 2;');
SELECT pg_flux.register('1.sql', '-- +migrate Up
-- +migrate StatementBegin now
SELECT 1;');
SELECT pg_flux.register('1.sql', 'SELECT 1;', '-- +migrate Donw
SELECT 2;');
-- A Down needs an Up, and an undo text has none.
SELECT pg_flux.register('1.sql', '-- What goes up

-- +migrate Down
SELECT 1;');
SELECT pg_flux.register('1.sql', 'SELECT 1;', '
-- +migrate Up
SELECT 2;');
-- A file with nothing in it is a mistake.
SELECT pg_flux.register('1.sql', '');
SELECT pg_flux.register('1.sql', E'\uFEFF \r\n\t\r\n');

-- Statements ---------------------------------------------------------------------------------------------------------

-- Each starts where its first word does, and has no semicolon. Empty ones are none.
SELECT * FROM pg_temp.read_file('
-- first
;;  /* one */ SELECT 1 /* uno */ ; ;
SELECT
    2 -- two
  ;SELECT 3; SELECT 4
-- last
;
');
-- PostgreSQL's own parser splits them.
SELECT * FROM pg_temp.read_file($file$
CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql
BEGIN ATOMIC
    SELECT 1; -- ;
    SELECT 2;
END;
DO 'BEGIN PERFORM 1; PERFORM 2; END';
CREATE TEMPORARY TABLE t (a int);
CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2);
$file$, 'DROP TABLE t; DROP FUNCTION pg_temp.f()');
-- Lines are those of the file, also with many-byte characters before them.
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT ''äöü€𝄞
äöü€𝄞''; /* äöü€𝄞
*/ SELECT 2;
SELECT 3;
');

-- The BEGIN ... COMMIT wrapper ---------------------------------------------------------------------------------------

-- It is taken off, in every spelling, and the numbers go by the statements that are left.
SELECT * FROM pg_temp.read_file('-- +migrate Up
-- written by the command-line tool
BEGIN;
-- [1] CREATE_TABLE: a
SELECT 1;
SELECT 2;
COMMIT;
-- +migrate Down
START TRANSACTION;
SELECT 3;
END;
');
SELECT * FROM pg_temp.read_file('BEGIN WORK; SELECT 1; COMMIT WORK;', 'BEGIN TRANSACTION; SELECT 2; END TRANSACTION;');
-- What stands before, after and between is kept.
SELECT * FROM pg_temp.read_file('SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3; BEGIN; SELECT 4; COMMIT; SELECT 5;');
-- It may stand around several sections.
SELECT * FROM pg_temp.read_file('-- +migrate Up
BEGIN;
SELECT 1;
-- +migrate Up
SELECT 2;
COMMIT;
');
-- A wrapper around nothing is no SQL.
SELECT * FROM pg_temp.read_file('SELECT 1', 'BEGIN; COMMIT;');

-- Statements that run outside of a transaction -----------------------------------------------------------------------

CREATE TABLE file_rules (a int);
SELECT * FROM pg_temp.read_file('SELECT 1', '-- +migrate Down
BEGIN;
DROP TABLE IF EXISTS nothing;
COMMIT;
CREATE INDEX CONCURRENTLY i ON file_rules (a);
ANALYZE file_rules;
');
-- notransaction says so of its whole section.
SELECT * FROM pg_temp.read_file('SELECT 1;', '-- +migrate Down notransaction
SELECT 2;
SELECT 3;
');
SELECT * FROM pg_temp.read_file('-- +migrate Up
SELECT 1;
-- +migrate Down NoTransaction
SELECT 2;
-- +migrate Down
SELECT 3;
');
-- What stands in a wrapper is one transaction there too.
SELECT * FROM pg_temp.read_file('SELECT 1;', '-- +migrate Down notransaction
SELECT 2;
BEGIN;
SELECT 3;
SELECT 4;
COMMIT;
SELECT 5;
');
DROP TABLE file_rules;

-- Nothing of all this is left.
SELECT count(*) FROM pg_flux.migration;
