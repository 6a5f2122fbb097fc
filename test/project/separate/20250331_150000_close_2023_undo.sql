DROP VIEW archive.every_event;

ALTER TABLE audit.event DETACH PARTITION audit.event_2026;
DROP TABLE audit.event_2026;

ALTER TABLE archive.event_2023_closed RENAME TO event_2023;
ALTER TABLE archive.event_2023 SET SCHEMA audit;
ALTER TABLE audit.event ATTACH PARTITION audit.event_2023
    FOR VALUES FROM ('2023-01-01 00:00:00+00') TO ('2024-01-01 00:00:00+00');
