BEGIN;

-- [1] DROP_INDEX: public.customer_email_key
DROP INDEX IF EXISTS public.customer_email_key;

-- [2] ALTER_COLUMN_TYPE: public.customer.email
ALTER TABLE public.customer ALTER COLUMN email TYPE text USING email::text;

-- [3] DROP_DOMAIN: public.email_address
DROP DOMAIN IF EXISTS public.email_address CASCADE;

COMMIT;
