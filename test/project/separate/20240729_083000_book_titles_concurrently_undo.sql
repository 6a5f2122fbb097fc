-- [1] DROP_INDEX: public.book_title_key_idx (it uses the function)
DROP INDEX CONCURRENTLY IF EXISTS public.book_title_key_idx;

BEGIN;

-- [2] DROP_FUNCTION: public.title_key(text)
DROP FUNCTION IF EXISTS public.title_key(text) CASCADE;

COMMIT;

-- [3] DROP_INDEX: public.book_published_idx
DROP INDEX CONCURRENTLY IF EXISTS public.book_published_idx;
