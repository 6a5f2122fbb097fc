BEGIN;

-- [1] DROP_TRIGGER: public.orders.orders_audit
DROP TRIGGER IF EXISTS orders_audit ON public.orders;

-- [2] DROP_FUNCTION: audit.log_change()
DROP FUNCTION IF EXISTS audit.log_change() CASCADE;

-- [3] DROP_TABLE: audit.event
DROP TABLE IF EXISTS audit.event CASCADE;

-- [4] DROP_SCHEMA: audit
DROP SCHEMA IF EXISTS audit CASCADE;

COMMIT;
