-- +migrate Up
-- Partitions for the old shop and the coming year; their rows leave the default partition.

ALTER TABLE audit.event DETACH PARTITION audit.event_default;

CREATE TABLE audit.event_2023 PARTITION OF audit.event
    FOR VALUES FROM ('2023-01-01 00:00:00+00') TO ('2024-01-01 00:00:00+00');
CREATE TABLE audit.event_2025h1 PARTITION OF audit.event
    FOR VALUES FROM ('2025-01-01 00:00:00+00') TO ('2025-07-01 00:00:00+00');
CREATE TABLE audit.event_2025h2 PARTITION OF audit.event
    FOR VALUES FROM ('2025-07-01 00:00:00+00') TO ('2026-01-01 00:00:00+00');

WITH moved AS (
    DELETE FROM audit.event_default
     WHERE occurred_at >= '2023-01-01 00:00:00+00' AND occurred_at < '2026-01-01 00:00:00+00'
    RETURNING id, occurred_at, actor, source, operation, detail
)
INSERT INTO audit.event (id, occurred_at, actor, source, operation, detail) OVERRIDING SYSTEM VALUE
SELECT id, occurred_at, actor, source, operation, detail FROM moved;

ALTER TABLE audit.event ATTACH PARTITION audit.event_default DEFAULT;

-- +migrate Down
ALTER TABLE audit.event DETACH PARTITION audit.event_default;

INSERT INTO audit.event_default (id, occurred_at, actor, source, operation, detail)
SELECT id, occurred_at, actor, source, operation, detail FROM audit.event_2023
UNION ALL
SELECT id, occurred_at, actor, source, operation, detail FROM audit.event_2025h1
UNION ALL
SELECT id, occurred_at, actor, source, operation, detail FROM audit.event_2025h2;

DROP TABLE audit.event_2025h2;
DROP TABLE audit.event_2025h1;
DROP TABLE audit.event_2023;

ALTER TABLE audit.event ATTACH PARTITION audit.event_default DEFAULT;
