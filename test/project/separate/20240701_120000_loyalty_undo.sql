BEGIN;

-- [1] DROP_TABLE: public.loyalty_entry
DROP TABLE IF EXISTS public.loyalty_entry CASCADE;

-- [2] DROP_TABLE: public.loyalty_account
DROP TABLE IF EXISTS public.loyalty_account CASCADE;

-- [3] DROP_FUNCTION: public.loyalty_check()
DROP FUNCTION IF EXISTS public.loyalty_check() CASCADE;

-- [4] DROP_FUNCTION: public.loyalty_points_for(numeric)
DROP FUNCTION IF EXISTS public.loyalty_points_for(numeric) CASCADE;

COMMIT;
