BEGIN;

-- [1] DROP_FUNCTION: public.price_on(bigint, date)
DROP FUNCTION IF EXISTS public.price_on(bigint, date) CASCADE;

-- [2] DROP_TABLE: public.price_period
DROP TABLE IF EXISTS public.price_period CASCADE;

-- [3] DROP_TYPE: public.price_range
DROP TYPE IF EXISTS public.price_range CASCADE;

COMMIT;
