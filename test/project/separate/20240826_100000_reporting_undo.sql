BEGIN;

-- [1] DROP_STATISTICS: public.order_line_value_stats, public.order_line_stats
DROP STATISTICS IF EXISTS public.order_line_value_stats, public.order_line_stats CASCADE;

-- [2] DROP_FUNCTION: reporting.refresh_all()
DROP FUNCTION IF EXISTS reporting.refresh_all() CASCADE;

-- [3] DROP_MATERIALIZED_VIEW: reporting.author_catalogue
DROP MATERIALIZED VIEW IF EXISTS reporting.author_catalogue CASCADE;

-- [4] DROP_MATERIALIZED_VIEW: reporting.sales_by_month
DROP MATERIALIZED VIEW IF EXISTS reporting.sales_by_month CASCADE;

-- [5] DROP_SCHEMA: reporting
DROP SCHEMA IF EXISTS reporting CASCADE;

COMMIT;
