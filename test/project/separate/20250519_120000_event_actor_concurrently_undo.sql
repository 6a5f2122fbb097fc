BEGIN;

-- [1] DROP_INDEX: audit.event_actor_idx (with those of the partitions)
DROP INDEX IF EXISTS audit.event_actor_idx CASCADE;

COMMIT;

-- [2] DROP_INDEX: archive.event_2023_closed_detail_idx
DROP INDEX CONCURRENTLY IF EXISTS archive.event_2023_closed_detail_idx;
