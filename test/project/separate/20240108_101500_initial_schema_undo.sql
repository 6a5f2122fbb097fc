BEGIN;

-- [1] DROP_TABLE: public.order_line
DROP TABLE IF EXISTS public.order_line CASCADE;

-- [2] DROP_TABLE: public.orders
DROP TABLE IF EXISTS public.orders CASCADE;

-- [3] DROP_TABLE: public.customer
DROP TABLE IF EXISTS public.customer CASCADE;

-- [4] DROP_TABLE: public.book
DROP TABLE IF EXISTS public.book CASCADE;

-- [5] DROP_TABLE: public.author
DROP TABLE IF EXISTS public.author CASCADE;

-- [6] DROP_TYPE: public.order_status
DROP TYPE IF EXISTS public.order_status CASCADE;

COMMIT;
