-- What the benchmark needs beside the extension in a database: the texts, and the contestants that are SQL.
CREATE SCHEMA bench;

CREATE TABLE bench.workload (
    sequence int PRIMARY KEY,
    filename text COLLATE "C" NOT NULL,
    body     text NOT NULL,
    up       text NOT NULL,
    down     text NOT NULL
);

-- The tracking and audit tables of the naive loop: pg_flux's own, without its triggers.
CREATE TABLE bench.applied (LIKE pg_flux.applied INCLUDING ALL);
CREATE TABLE bench.history (LIKE pg_flux.history INCLUDING ALL);

-- Where texts are merely kept.
CREATE TABLE bench.plain (filename text COLLATE "C" PRIMARY KEY, body text NOT NULL);

-- One statement a row would need a parser; the workload ends each with a semicolon at the end of a line.
CREATE FUNCTION bench.down_statements(k int) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(s ORDER BY sequence DESC, n)
    FROM (SELECT sequence, down FROM bench.workload ORDER BY sequence DESC LIMIT k) w,
         regexp_split_to_table(down, E';\n') WITH ORDINALITY AS t (s, n)
    WHERE s <> ''
$$;

-- The floor. Returns milliseconds.
CREATE FUNCTION bench.floor(k int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    statements text[] := bench.down_statements(k);
    statement text;
    start timestamptz := clock_timestamp();
BEGIN
    FOREACH statement IN ARRAY statements LOOP
        EXECUTE statement;
    END LOOP;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - start);
END;
$$;

-- What one writes oneself.
CREATE FUNCTION bench.naive(k int) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    migration record;
    start timestamptz := clock_timestamp();
    begun timestamptz;
BEGIN
    FOR migration IN
        SELECT a.filename, w.down FROM bench.applied a JOIN bench.workload w USING (filename)
        ORDER BY a.sequence DESC LIMIT k
    LOOP
        begun := clock_timestamp();
        EXECUTE migration.down;
        DELETE FROM bench.applied WHERE filename = migration.filename;
        INSERT INTO bench.history (action, filename, sql, role, session_role, happened_at, duration)
        VALUES ('rollback', migration.filename, migration.down, current_user, session_user,
                clock_timestamp(), clock_timestamp() - begun);
    END LOOP;
    RETURN 1000 * extract(epoch FROM clock_timestamp() - start);
END;
$$;

-- Peak resident memory of this backend so far, in kB, shared buffers that it touched included.
CREATE FUNCTION bench.peak_memory() RETURNS int LANGUAGE sql AS $$
    SELECT substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+)')::int
$$;

-- Tables t_FIRST to t_LAST as applications have them: ten columns, a primary key and two defaults. Commits now
-- and then, so that the lock table takes it.
CREATE PROCEDURE bench.make_tables(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
    FOR n IN first .. last LOOP
        EXECUTE format('CREATE TABLE public.t_%s (
            id bigint PRIMARY KEY, name text NOT NULL, email text, amount numeric(12,2),
            active boolean NOT NULL DEFAULT true, created_at timestamptz NOT NULL DEFAULT now(), note text, kind int,
            day date, data jsonb)', n);
        IF n % 500 = 0 THEN
            COMMIT;
        END IF;
    END LOOP;
END;
$$;

-- Reads every row of the catalogs that verify() reads, once, one after the other. Returns how many.
CREATE FUNCTION bench.scan_catalogs() RETURNS bigint LANGUAGE plpgsql
SET enable_indexscan = off SET enable_indexonlyscan = off SET enable_bitmapscan = off SET max_parallel_workers_per_gather = 0 AS $$
DECLARE
    catalog regclass;
    found bigint;
    total bigint := 0;
BEGIN
    FOR catalog IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'pg_catalog'::regnamespace AND relkind = 'r' AND oid < 16384
          AND relname NOT IN ('pg_statistic', 'pg_statistic_ext_data', 'pg_largeobject', 'pg_shdepend', 'pg_subscription_rel',
                              'pg_replication_origin')
    LOOP
        EXECUTE format('SELECT count(*) FROM %s', catalog) INTO found;
        total := total + found;
    END LOOP;
    RETURN total;
END;
$$;
