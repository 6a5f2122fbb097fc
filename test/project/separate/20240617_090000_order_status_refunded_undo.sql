-- MANUAL UNDO REQUIRED: none if no order is 'refunded'; the cast below stops on such rows.
-- An enum value cannot be dropped: the type is built anew without it.

BEGIN;

-- [1] DROP_TRIGGER: public.orders.orders_audit (depends on the column)
DROP TRIGGER IF EXISTS orders_audit ON public.orders;

-- [2] ALTER_TYPE: public.order_status
ALTER TABLE public.orders ALTER COLUMN status DROP DEFAULT;
ALTER TYPE public.order_status RENAME TO order_status_old;
CREATE TYPE public.order_status AS ENUM ('new', 'paid', 'shipped', 'cancelled');
ALTER TABLE public.orders
    ALTER COLUMN status TYPE public.order_status USING status::text::public.order_status;
ALTER TABLE public.orders ALTER COLUMN status SET DEFAULT 'new'::public.order_status;
DROP TYPE IF EXISTS public.order_status_old;

-- [3] CREATE_TRIGGER: public.orders.orders_audit
CREATE TRIGGER orders_audit
    AFTER UPDATE OF status ON public.orders
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status)
    EXECUTE FUNCTION audit.log_change();

COMMIT;
