BEGIN;

-- [1] DROP_VIEW: public.category_path
DROP VIEW IF EXISTS public.category_path CASCADE;

-- [2] DROP_TABLE: public.book_category
DROP TABLE IF EXISTS public.book_category CASCADE;

-- [3] DROP_TABLE: public.category
DROP TABLE IF EXISTS public.category CASCADE;

COMMIT;
