-- Analytics: events in partitions, sensors by inheritance, rollups.
-- roles: flux_judge_reader flux_judge_loader
CREATE TABLE event (
  id bigint NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  payload jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE event_2023 PARTITION OF event FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');
CREATE TABLE event_2024 PARTITION OF event FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX event_kind ON event (kind, at);
CREATE TABLE visit (site int NOT NULL, day date NOT NULL, hits bigint NOT NULL CHECK (hits >= 0)) PARTITION BY LIST (site);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES IN (1) WITH (fillfactor = 80);
CREATE TABLE visit_other PARTITION OF visit DEFAULT;
CREATE TABLE shard (key text NOT NULL, value text) PARTITION BY HASH (key);
CREATE TABLE shard_0 PARTITION OF shard FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shard_1 PARTITION OF shard FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE reading (sensor int NOT NULL, at timestamptz NOT NULL, value float8, CONSTRAINT value_finite CHECK (value < 'infinity'));
CREATE TABLE reading_indoor (room text) INHERITS (reading);
CREATE TABLE reading_outdoor (place point) INHERITS (reading);
CREATE INDEX reading_indoor_at ON reading_indoor (at);
CREATE TABLE lonely (site int NOT NULL, day date NOT NULL, hits bigint NOT NULL CONSTRAINT visit_hits_check CHECK (hits >= 0));
CREATE VIEW daily AS SELECT kind, date_trunc('day', at) AS day, count(*) AS events FROM event GROUP BY 1, 2;
CREATE MATERIALIZED VIEW monthly AS SELECT kind, date_trunc('month', day) AS month, sum(events) AS events FROM daily GROUP BY 1, 2;
CREATE FUNCTION note_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER event_noted BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION note_event();
GRANT SELECT ON event, daily, monthly TO flux_judge_reader;
GRANT INSERT ON event TO flux_judge_loader;
INSERT INTO event VALUES (1, 'click', '2023-05-05'), (2, 'view', '2024-06-06');
INSERT INTO visit VALUES (1, '2024-01-01', 5), (2, '2024-01-01', 7);
INSERT INTO shard VALUES ('a', '1'), ('b', '2');
INSERT INTO reading_indoor VALUES (1, '2024-01-01', 20.5, 'kitchen');

-- case: next year's partition
CREATE TABLE event_2025 PARTITION OF event FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
COMMENT ON TABLE event_2025 IS 'made in December';
GRANT SELECT ON event_2025 TO flux_judge_reader;
ALTER TABLE event_2025 ALTER COLUMN payload SET STORAGE EXTERNAL;
CREATE INDEX event_2025_payload ON event_2025 USING gin (payload jsonb_path_ops);

-- case: partitions of partitions
CREATE TABLE event_2026 PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2027-01-01') PARTITION BY HASH (id);
CREATE TABLE event_2026_click PARTITION OF event_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE event_2026_rest PARTITION OF event_2026 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE UNIQUE INDEX event_2026_click_id ON event_2026_click (id);

-- case: months by a loop
DO $$
DECLARE
  month date;
BEGIN
  FOR month IN SELECT generate_series('2025-01-01'::date, '2025-06-01', interval '1 month') LOOP
    EXECUTE format('CREATE TABLE event_%s PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
                   to_char(month, 'YYYY_MM'), month, month + interval '1 month');
  END LOOP;
END $$;

-- case: a partition leaves
ALTER TABLE visit DETACH PARTITION visit_1;
COMMENT ON TABLE visit_1 IS 'on its own';
ALTER TABLE visit_1 RENAME TO visit_of_site_1;

-- case: a partition with keys and indexes leaves
ALTER TABLE event DETACH PARTITION event_2023;
ALTER TABLE event_2023 RENAME TO event_archive_2023;

-- case: a table becomes a partition
ALTER TABLE visit DETACH PARTITION visit_other;
ALTER TABLE lonely ADD CONSTRAINT lonely_site CHECK (site = 3);
ALTER TABLE visit ATTACH PARTITION lonely FOR VALUES IN (3);
ALTER TABLE visit ATTACH PARTITION visit_other DEFAULT;

-- case: a partition gets other bounds
ALTER TABLE visit DETACH PARTITION visit_1;
ALTER TABLE visit ATTACH PARTITION visit_1 FOR VALUES IN (1, 10);

-- case: a column for the whole tree, with an index on it
ALTER TABLE event ADD COLUMN source text NOT NULL DEFAULT 'web';
CREATE INDEX event_source ON event (source) INCLUDE (kind);
ALTER TABLE event ADD CONSTRAINT event_source_known CHECK (source IN ('web', 'app')) NOT VALID;
ALTER TABLE event_2024 ALTER COLUMN source SET DEFAULT 'app';

-- case: an index of a partitioned table goes, another comes
DROP INDEX event_kind;
CREATE INDEX event_at ON event USING brin (at);
CREATE INDEX event_kind_only ON ONLY event (kind);

-- case: the index is built for each partition, then attached
CREATE INDEX event_payload ON ONLY event USING gin (payload);
CREATE INDEX event_2023_payload ON event_2023 USING gin (payload);
CREATE INDEX event_2024_payload ON event_2024 USING gin (payload);
ALTER INDEX event_payload ATTACH PARTITION event_2023_payload;
ALTER INDEX event_payload ATTACH PARTITION event_2024_payload;

-- case: unique in the whole tree
ALTER TABLE visit ADD CONSTRAINT visit_key PRIMARY KEY (site, day);
ALTER TABLE shard ADD UNIQUE (key);
COMMENT ON CONSTRAINT visit_key ON visit IS 'a row each day';

-- case: foreign keys to and from partitioned tables
CREATE TABLE site (id int PRIMARY KEY, host text NOT NULL);
ALTER TABLE visit ADD COLUMN campaign int REFERENCES site ON DELETE SET NULL;
CREATE TABLE annotation (event_id bigint, event_at timestamptz, text text NOT NULL,
  FOREIGN KEY (event_id, event_at) REFERENCES event ON DELETE CASCADE);

-- case: triggers of the whole tree
CREATE FUNCTION count_event() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER event_counted AFTER INSERT ON event FOR EACH ROW WHEN (NEW.kind = 'click') EXECUTE FUNCTION count_event();
CREATE TRIGGER event_batch AFTER INSERT ON event REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION count_event();
DROP TRIGGER event_noted ON event;

-- case: triggers disabled in one partition only
ALTER TABLE event_2023 DISABLE TRIGGER event_noted;
ALTER TABLE event_2024 ENABLE REPLICA TRIGGER event_noted;
CREATE TRIGGER event_2024_own BEFORE UPDATE ON event_2024 FOR EACH ROW EXECUTE FUNCTION note_event();

-- case: a column for parents and children, another for one child
ALTER TABLE reading ADD COLUMN unit text NOT NULL DEFAULT 'C';
ALTER TABLE reading_outdoor ADD COLUMN wind float4 CHECK (wind >= 0);
ALTER TABLE reading ADD CONSTRAINT unit_known CHECK (unit IN ('C', 'F'));
CREATE INDEX ON reading_outdoor (at DESC);

-- case: another child, then one leaves, and keeps what it inherited
-- todo: public.reading_outdoor.sensor
-- todo: public.reading_outdoor.at
-- todo: public.reading_outdoor.value
-- todo: value_finite on public.reading_outdoor
-- left: sensor integer
-- left: at timestamp
-- left: value double
-- left: value_finite
CREATE TABLE reading_lab (probe text NOT NULL) INHERITS (reading);
ALTER TABLE reading_outdoor NO INHERIT reading;
COMMENT ON TABLE reading_outdoor IS 'no longer part of it';

-- case: a table joins its parent
-- given:
CREATE TABLE reading_attic (sensor int NOT NULL, at timestamptz NOT NULL, value float8, height int,
  CONSTRAINT value_finite CHECK (value < 'infinity'));
-- up:
ALTER TABLE reading_attic INHERIT reading;
CREATE INDEX reading_attic_at ON reading_attic (at);

-- case: defaults and rights of children differ
ALTER TABLE reading_indoor ALTER value SET DEFAULT 0;
ALTER TABLE ONLY reading ALTER value SET DEFAULT 1;
GRANT SELECT ON reading_indoor TO flux_judge_reader;
ALTER TABLE reading_indoor ALTER COLUMN value SET NOT NULL;
ALTER TABLE reading RENAME COLUMN value TO measured;

-- case: the constraint that is inherited goes
ALTER TABLE reading DROP CONSTRAINT value_finite;
ALTER TABLE reading ADD CONSTRAINT value_known CHECK (value IS NOT NULL) NO INHERIT;

-- case: a rollup beside the old one
CREATE MATERIALIZED VIEW hourly AS SELECT kind, date_trunc('hour', at) AS hour, count(*) AS events FROM event GROUP BY 1, 2;
CREATE UNIQUE INDEX hourly_key ON hourly (kind, hour);
CREATE VIEW busy_hours AS SELECT hour, sum(events) AS events FROM hourly GROUP BY hour HAVING sum(events) > 1000;
GRANT SELECT ON hourly, busy_hours TO flux_judge_reader;
ALTER MATERIALIZED VIEW hourly CLUSTER ON hourly_key;

-- case: the materialized view moves with its indexes
CREATE SCHEMA rollup;
CREATE UNIQUE INDEX monthly_key ON monthly (kind, month);
ALTER MATERIALIZED VIEW monthly SET SCHEMA rollup;
ALTER MATERIALIZED VIEW rollup.monthly RENAME COLUMN events TO total;
ALTER MATERIALIZED VIEW rollup.monthly SET (fillfactor = 90);

-- case: the view below a materialized view is replaced
CREATE OR REPLACE VIEW daily AS
  SELECT kind, date_trunc('day', at) AS day, count(*) FILTER (WHERE payload <> '{}') AS events FROM event GROUP BY 1, 2;
COMMENT ON COLUMN daily.events IS 'with a payload';

-- case: the view below a materialized view gains a column
-- todo: daily
-- left: min(event.at)
-- left: count(*) AS events
CREATE OR REPLACE VIEW daily AS
  SELECT kind, date_trunc('day', at) AS day, count(*) AS events, min(at) AS first FROM event GROUP BY 1, 2;

-- case: a percentile aggregate, and a view with it
CREATE FUNCTION append_value(state float8[], value float8) RETURNS float8[] LANGUAGE sql IMMUTABLE RETURN state || value;
CREATE FUNCTION middle(state float8[]) RETURNS float8 LANGUAGE sql IMMUTABLE
  AS 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY v) FROM unnest(state) v';
CREATE AGGREGATE median(float8) (SFUNC = append_value, STYPE = float8[], FINALFUNC = middle, INITCOND = '{}');
CREATE VIEW median_reading AS SELECT sensor, median(value) AS value FROM reading GROUP BY sensor;
COMMENT ON AGGREGATE median(float8) IS 'half are below';

-- case: partition storage and logging
ALTER TABLE event_2023 SET (autovacuum_enabled = false, fillfactor = 100);
ALTER TABLE visit_1 RESET (fillfactor);
ALTER TABLE shard_0 SET UNLOGGED;
ALTER TABLE event ALTER COLUMN payload SET STATISTICS 10;
ALTER INDEX event_kind RENAME TO event_by_kind;

-- case: a partition is dropped
-- todo: event_2023
DROP TABLE event_2023;

-- case: the owner of a whole tree
ALTER TABLE event OWNER TO flux_judge_loader;
ALTER TABLE event_2023 OWNER TO flux_judge_loader;
ALTER TABLE event_2024 OWNER TO flux_judge_loader;
ALTER MATERIALIZED VIEW monthly OWNER TO flux_judge_reader;
