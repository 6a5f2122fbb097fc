-- [1] DROP_INDEX: public.orders_reference_key
DROP INDEX CONCURRENTLY IF EXISTS public.orders_reference_key;

-- [2] DROP_INDEX: public.orders_customer_placed_idx
DROP INDEX CONCURRENTLY IF EXISTS public.orders_customer_placed_idx;

BEGIN;

-- [3] DROP_COLUMN: public.orders.reference
ALTER TABLE public.orders DROP COLUMN IF EXISTS reference CASCADE;

COMMIT;
