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
