-- The events of the old shop leave the partitioned table; 2026 gets its partition early.

ALTER TABLE audit.event DETACH PARTITION audit.event_2023;
ALTER TABLE audit.event_2023 SET SCHEMA archive;
ALTER TABLE archive.event_2023 RENAME TO event_2023_closed;

CREATE TABLE audit.event_2026 (
    LIKE audit.event INCLUDING DEFAULTS INCLUDING CONSTRAINTS,
    CONSTRAINT event_2026_bounds CHECK (occurred_at >= '2026-01-01 00:00:00+00' AND occurred_at < '2027-01-01 00:00:00+00')
);
ALTER TABLE audit.event ATTACH PARTITION audit.event_2026
    FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2027-01-01 00:00:00+00');
ALTER TABLE audit.event_2026 DROP CONSTRAINT event_2026_bounds;

CREATE VIEW archive.every_event AS
SELECT id, occurred_at, actor, operation, detail, false AS closed FROM audit.event
UNION ALL
SELECT id, occurred_at, actor, operation, detail, true FROM archive.event_2023_closed;
