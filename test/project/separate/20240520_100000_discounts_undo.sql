BEGIN;

-- [1] DROP_VIEW: public.open_discount
DROP VIEW IF EXISTS public.open_discount CASCADE;

-- [2] DROP_FUNCTION: public.discounted(numeric, text, date)
DROP FUNCTION IF EXISTS public.discounted(numeric, text, date) CASCADE;

-- [3] DROP_RULE: public.discount.discount_changed
DROP RULE IF EXISTS discount_changed ON public.discount CASCADE;

-- [4] DROP_TABLE: public.discount_log
DROP TABLE IF EXISTS public.discount_log CASCADE;

-- [5] DROP_TABLE: public.discount
DROP TABLE IF EXISTS public.discount CASCADE;

COMMIT;
