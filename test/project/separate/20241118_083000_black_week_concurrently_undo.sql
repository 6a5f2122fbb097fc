BEGIN;

-- [1] RESET_STORAGE_PARAMETER: shop.orders
ALTER TABLE shop.orders RESET (fillfactor, autovacuum_vacuum_scale_factor);

-- [2] DROP_STATISTICS: shop.orders_stats
DROP STATISTICS IF EXISTS shop.orders_stats CASCADE;

COMMIT;

-- [3] DROP_INDEX: shop.orders_open_idx
DROP INDEX CONCURRENTLY IF EXISTS shop.orders_open_idx;
