-- What the tests of generate() share: roles, and the judges of a derived Down.
\set QUIET on
SET client_min_messages = error;
SELECT no_plan();
-- Roles are the whole cluster's: another file may have made them.
SELECT format('CREATE ROLE %I', name) FROM (VALUES ('generate_owner'), ('Generate "reader"')) roles(name)
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- What is wrong with the Down of an Up, in the state that setup makes; empty where it is exact. Everything is rolled back.
CREATE FUNCTION public.wrong(setup text, up text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  written record;
  down text;
  wrong text;
BEGIN
  BEGIN
    EXECUTE setup;
    SELECT * INTO STRICT written FROM pg_flux.generate('case', up, 'combined', false);
    down := substr(written.body, strpos(written.body, '-- +migrate Down'));
    SELECT string_agg(concat_ws(' | ', object_type, object, change, expected, actual), E'\n') INTO wrong
      FROM pg_flux.verify(written.filename);
    IF NOT (SELECT s.down FROM pg_flux.status() s WHERE s.filename = written.filename) THEN
      wrong := concat_ws(E'\n', 'no Down', wrong);
    END IF;
    IF down ~ '(?n)^-- TODO: ' OR wrong <> '' THEN
      wrong := concat_ws(E'\n', coalesce(wrong, 'something is left to a person'), down);
    END IF;
    RAISE SQLSTATE 'ZZ000';
  EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN RETURN coalesce(wrong, '');
    WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM;
  END;
END $$;
CREATE FUNCTION public.exact(description text, setup text, up text) RETURNS text LANGUAGE sql
  AS $$ SELECT is(public.wrong(setup, up), '', description) $$;

-- What is left to a person: what is lost is told, and where nothing else remains there is no Down.
CREATE FUNCTION public.left(setup text, up text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  written record;
  told text;
BEGIN
  BEGIN
    EXECUTE setup;
    SELECT * INTO STRICT written FROM pg_flux.generate('case', up, 'combined', false);
    told := concat_ws(' ', (SELECT CASE WHEN s.down THEN 'with Down' END FROM pg_flux.status() s WHERE s.filename = written.filename),
      substr(written.body, strpos(written.body, E'-- +migrate Down\n') + 17));
    RAISE SQLSTATE 'ZZ000';
  EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN RETURN told;
    WHEN OTHERS THEN RETURN SQLSTATE || ': ' || SQLERRM;
  END;
END $$;
CREATE FUNCTION public.told(description text, setup text, up text, pattern text) RETURNS text LANGUAGE sql
  AS $$ SELECT matches(public.left(setup, up), pattern, description) $$;

-- What the Down does not restore once a person has taken the comment signs off; empty where only data is gone.
CREATE FUNCTION public.unrestored(setup text, up text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  written record;
  down text;
  wrong text;
BEGIN
  BEGIN
    EXECUTE setup;
    SELECT * INTO STRICT written FROM pg_flux.generate('case', up, 'combined', false, true);
    down := substr(written.body, strpos(written.body, '-- +migrate Down'));
    PERFORM pg_flux.register('99990101_000000_restored.sql',
      E'-- +migrate Up\n' || up || E'\n' || regexp_replace(down, '^-- (?!\+migrate|TODO)', '', 'gn'));
    SELECT string_agg(concat_ws(' | ', object_type, object, change, expected, actual), E'\n') INTO wrong
      FROM pg_flux.verify('99990101_000000_restored.sql') WHERE change <> 'recreated';
    wrong := CASE WHEN down ~ '(?n)^-- TODO: ' THEN wrong || E'\n' || down ELSE 'nothing is left to a person' END;
    RAISE SQLSTATE 'ZZ000';
  EXCEPTION
    WHEN SQLSTATE 'ZZ000' THEN RETURN coalesce(wrong, '');
    WHEN OTHERS THEN RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, down);
  END;
END $$;
CREATE FUNCTION public.restored(description text, setup text, up text) RETURNS text LANGUAGE sql
  AS $$ SELECT is(public.unrestored(setup, up), '', description) $$;
