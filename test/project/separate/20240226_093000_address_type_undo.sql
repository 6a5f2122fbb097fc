BEGIN;

-- [1] DROP_FUNCTION: public.format_address(public.postal_address)
DROP FUNCTION IF EXISTS public.format_address(public.postal_address) CASCADE;

-- [2] DROP_CONSTRAINT: public.customer.customer_billing_check
ALTER TABLE public.customer DROP CONSTRAINT IF EXISTS customer_billing_check;

-- [3] DROP_COLUMN: public.customer.newsletter
ALTER TABLE public.customer DROP COLUMN IF EXISTS newsletter CASCADE;

-- [4] DROP_COLUMN: public.customer.billing
ALTER TABLE public.customer DROP COLUMN IF EXISTS billing CASCADE;

-- [5] DROP_TYPE: public.postal_address
DROP TYPE IF EXISTS public.postal_address CASCADE;

COMMIT;
