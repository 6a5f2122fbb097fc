DROP VIEW public.best_customers;
DROP VIEW public.customer_revenue;
DROP VIEW public.order_total;
