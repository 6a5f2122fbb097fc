-- Data from elsewhere and to elsewhere: wrappers, servers, foreign tables, publications, and geodata without PostGIS.
-- roles: flux_judge_remote flux_judge_local
CREATE EXTENSION postgres_fdw;
CREATE EXTENSION file_fdw;
CREATE FOREIGN DATA WRAPPER dummy OPTIONS (debug 'true');
CREATE SERVER warehouse FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'warehouse.example.org', dbname 'dw');
CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
CREATE SERVER dummy_server TYPE 'none' VERSION '1' FOREIGN DATA WRAPPER dummy OPTIONS (a '1', b 'two');
CREATE USER MAPPING FOR flux_judge_local SERVER warehouse OPTIONS (user 'loader');
CREATE USER MAPPING FOR PUBLIC SERVER dummy_server;
CREATE SCHEMA remote;
CREATE FOREIGN TABLE remote.sales (id bigint NOT NULL, day date OPTIONS (column_name 'sold_on'), amount numeric) SERVER warehouse
  OPTIONS (schema_name 'mart', table_name 'sales');
CREATE FOREIGN TABLE remote.plain (a int, b text DEFAULT 'x', CONSTRAINT positive CHECK (a > 0)) SERVER dummy_server OPTIONS (c '3');
CREATE VIEW remote.big_sales AS SELECT id, amount FROM remote.sales WHERE amount > 1000;
CREATE TABLE place (
  id int PRIMARY KEY, name text NOT NULL, at point NOT NULL, area box, outline polygon, height real,
  region text NOT NULL DEFAULT 'north'
);
CREATE INDEX place_at ON place USING gist (at);
CREATE INDEX place_area ON place USING spgist (area);
CREATE TABLE route (id int PRIMARY KEY, way path NOT NULL, stops int[] NOT NULL DEFAULT '{}', from_place int REFERENCES place);
CREATE FUNCTION distance_km(a point, b point) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN (a <-> b) * 111.0;
CREATE VIEW near AS SELECT a.id, b.id AS other, distance_km(a.at, b.at) AS km FROM place a CROSS JOIN LATERAL (
  SELECT id, at FROM place b WHERE b.id <> a.id ORDER BY b.at <-> a.at LIMIT 3) b;
CREATE PUBLICATION places FOR TABLE place (id, name, region), route WHERE (id > 0);
CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert');
GRANT USAGE ON FOREIGN SERVER warehouse TO flux_judge_local;
GRANT SELECT ON remote.sales TO flux_judge_local;
INSERT INTO place VALUES (1, 'Pole', '(0,90)', '((0,0),(1,1))'), (2, 'Town', '(9,53)', NULL);
INSERT INTO route VALUES (1, '((0,0),(1,1))', '{1,2}', 1);

-- case: a wrapper, a server, a mapping, a foreign table
CREATE FOREIGN DATA WRAPPER nothing NO VALIDATOR;
CREATE SERVER nowhere TYPE 't' VERSION 'v2' FOREIGN DATA WRAPPER nothing OPTIONS (host 'it''s', "Port" '1');
CREATE USER MAPPING FOR flux_judge_remote SERVER nowhere;
CREATE FOREIGN TABLE remote.void (id int OPTIONS (key 'true') NOT NULL, v text COLLATE "C") SERVER nowhere OPTIONS (x 'y');
GRANT USAGE ON FOREIGN DATA WRAPPER nothing TO flux_judge_remote;
GRANT SELECT ON remote.void TO flux_judge_remote;
COMMENT ON FOREIGN TABLE remote.void IS 'empty';
COMMENT ON SERVER nowhere IS 'not there';

-- case: options of servers and tables change
ALTER SERVER warehouse OPTIONS (SET host 'dw2.example.org', ADD port '6432');
ALTER SERVER dummy_server VERSION '2' OPTIONS (DROP a, ADD c 'x');
ALTER FOREIGN TABLE remote.sales OPTIONS (SET table_name 'sales_2024', DROP schema_name);
ALTER FOREIGN TABLE remote.sales ALTER COLUMN day OPTIONS (DROP column_name);
ALTER FOREIGN TABLE remote.sales ALTER COLUMN amount OPTIONS (ADD column_name 'total');
ALTER FOREIGN DATA WRAPPER dummy OPTIONS (SET debug 'false');

-- case: names and owners of foreign things
ALTER SERVER warehouse RENAME TO mart;
ALTER SERVER mart OWNER TO flux_judge_local;
ALTER FOREIGN TABLE remote.sales RENAME TO sale;
ALTER FOREIGN TABLE remote.sale RENAME COLUMN amount TO total;
ALTER FOREIGN TABLE remote.plain SET SCHEMA public;
ALTER FOREIGN TABLE public.plain OWNER TO flux_judge_remote;

-- case: columns and constraints of a foreign table
ALTER FOREIGN TABLE remote.sales ADD COLUMN shop int DEFAULT 1, ALTER COLUMN day SET NOT NULL;
ALTER FOREIGN TABLE remote.sales ADD CONSTRAINT sensible CHECK (amount >= 0) NOT VALID;
ALTER FOREIGN TABLE remote.plain DROP CONSTRAINT positive;
ALTER FOREIGN TABLE remote.plain ALTER COLUMN b DROP DEFAULT, ALTER COLUMN b SET STATISTICS 50;
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER plain_note BEFORE INSERT ON remote.plain FOR EACH ROW EXECUTE FUNCTION note();

-- case: a foreign table goes, with its view
DROP VIEW remote.big_sales;
DROP FOREIGN TABLE remote.sales;
COMMENT ON SCHEMA remote IS 'less';

-- case: a column of a foreign table goes
-- todo: remote.plain
ALTER FOREIGN TABLE remote.plain DROP COLUMN b;

-- case: a foreign table as a partition
CREATE TABLE measure (day date NOT NULL, v int) PARTITION BY RANGE (day);
CREATE FOREIGN TABLE measure_old PARTITION OF measure FOR VALUES FROM (MINVALUE) TO ('2020-01-01') SERVER warehouse OPTIONS (table_name 'm');
CREATE TABLE measure_new PARTITION OF measure FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
ALTER FOREIGN TABLE measure_old OPTIONS (ADD fetch_size '50');

-- case: mappings
CREATE USER MAPPING FOR CURRENT_USER SERVER dummy_server;
DROP USER MAPPING FOR PUBLIC SERVER dummy_server;
CREATE USER MAPPING FOR flux_judge_remote SERVER dummy_server;

-- case: the options of a mapping, which hold a password
-- todo: user mapping
-- left: "user"
-- left: password
ALTER USER MAPPING FOR flux_judge_local SERVER warehouse OPTIONS (SET user 'x', ADD password 'secret');
ALTER SERVER warehouse OPTIONS (ADD application_name 'shop');

-- case: a file as a table
CREATE FOREIGN TABLE remote.passwd (name text, x text, uid int, gid int, comment text, home text, shell text)
  SERVER files OPTIONS (filename '/etc/passwd', format 'csv', delimiter ':');
CREATE VIEW remote.people AS SELECT name FROM remote.passwd WHERE uid >= 1000;

-- case: rights on foreign things
REVOKE USAGE ON FOREIGN SERVER warehouse FROM flux_judge_local;
GRANT USAGE ON FOREIGN SERVER files TO flux_judge_remote WITH GRANT OPTION;
GRANT SELECT (id, day), UPDATE (amount) ON remote.sales TO flux_judge_remote;
REVOKE SELECT ON remote.sales FROM flux_judge_local;

-- case: publications, made and filled
CREATE PUBLICATION routes FOR TABLE ONLY route (id, way) WITH (publish = 'insert, update', publish_via_partition_root);
CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA remote, TABLE place WHERE (region = 'north');
ALTER TABLE route REPLICA IDENTITY FULL;
COMMENT ON PUBLICATION routes IS 'for the map';

-- case: members of a publication change
ALTER PUBLICATION places SET TABLE place WHERE (region <> 'south');
ALTER PUBLICATION places ADD TABLES IN SCHEMA remote;
ALTER PUBLICATION places SET (publish = 'insert, delete');
ALTER PUBLICATION everything RENAME TO all_of_it;

-- case: a publication goes, another one loses its table
DROP PUBLICATION everything;
ALTER PUBLICATION places DROP TABLE route;
ALTER PUBLICATION places OWNER TO CURRENT_USER;

-- case: a published table is renamed, and its column
ALTER TABLE place RENAME TO location;
ALTER TABLE location RENAME COLUMN region TO part;
ALTER TABLE location ADD COLUMN elevation real GENERATED ALWAYS AS (height * 0.3048) STORED;

-- case: nearest neighbours by a better index
DROP INDEX place_at;
CREATE INDEX place_at ON place USING spgist (at quad_point_ops);
CREATE INDEX place_outline ON place USING gist (outline) INCLUDE (name) WHERE outline IS NOT NULL;
CREATE INDEX place_degree ON place (round(at[0]), round(at[1]));
CREATE STATISTICS place_where ON (at[0]), (at[1]) FROM place;

-- case: latitude and longitude as columns, a view keeps the old form
ALTER TABLE place ADD COLUMN lat float8 GENERATED ALWAYS AS (at[1]) STORED, ADD COLUMN lon float8 GENERATED ALWAYS AS (at[0]) STORED;
ALTER TABLE place ADD CONSTRAINT on_earth CHECK (lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180);
CREATE VIEW place_v1 AS SELECT id, name, point(lon, lat) AS at FROM place;
CREATE FUNCTION insert_place_v1() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO place (id, name, at) VALUES (NEW.id, NEW.name, NEW.at);
  RETURN NEW;
END $$;
CREATE TRIGGER place_v1_insert INSTEAD OF INSERT ON place_v1 FOR EACH ROW EXECUTE FUNCTION insert_place_v1();

-- case: views that check
CREATE VIEW north AS SELECT id, name, region FROM place WHERE region = 'north' WITH LOCAL CHECK OPTION;
CREATE VIEW far_north AS SELECT id, name FROM north WHERE id > 10 WITH CASCADED CHECK OPTION;
ALTER VIEW near SET (security_barrier = true);
ALTER VIEW north RESET (check_option);

-- case: the function under the lateral view is inlined
CREATE OR REPLACE VIEW near AS SELECT a.id, b.id AS other, (a.at <-> b.at) * 111.2 AS km FROM place a CROSS JOIN LATERAL (
  SELECT id, at FROM place b WHERE b.id <> a.id ORDER BY b.at <-> a.at LIMIT 5) b;
DROP FUNCTION distance_km(point, point);
CREATE INDEX route_stops ON route USING gin (stops);
