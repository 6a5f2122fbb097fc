BEGIN;

-- [1] DROP_INDEX: public.book_search_idx
DROP INDEX IF EXISTS public.book_search_idx;

-- [2] DROP_COLUMN: public.book.search
ALTER TABLE public.book DROP COLUMN IF EXISTS search CASCADE;

-- [3] DROP_TEXT_SEARCH_CONFIGURATION: public.book_search
DROP TEXT SEARCH CONFIGURATION IF EXISTS public.book_search CASCADE;

-- [4] DROP_TEXT_SEARCH_DICTIONARY: public.book_simple
DROP TEXT SEARCH DICTIONARY IF EXISTS public.book_simple CASCADE;

COMMIT;
