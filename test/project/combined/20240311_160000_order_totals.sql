    -- +migrate Up
-- Three views, each over the one before.

CREATE VIEW public.order_total AS
SELECT o.id AS order_id,
       o.customer_id,
       count(*) AS lines,
       sum(l.quantity * l.unit_price) AS total
FROM public.orders o
JOIN public.order_line l ON l.order_id = o.id
GROUP BY o.id, o.customer_id;

CREATE VIEW public.customer_revenue (customer_id, customer, orders, revenue) AS
SELECT c.id, coalesce(c.full_name, c.email), count(t.order_id), coalesce(sum(t.total), 0)
FROM public.customer c
LEFT JOIN public.order_total t ON t.customer_id = c.id
GROUP BY c.id, c.full_name, c.email;

CREATE VIEW public.best_customers AS
SELECT r.customer_id, r.customer, r.revenue
FROM public.customer_revenue r
WHERE r.revenue >= 25
ORDER BY r.revenue DESC, r.customer_id;

COMMENT ON VIEW public.order_total IS 'Sum of each order; without shipping';
COMMENT ON COLUMN public.order_total.total IS 'in €';
COMMENT ON VIEW public.best_customers IS $$Who gets a card at Christmas; see "customer_revenue"$$;

	-- +migrate Down
DROP VIEW public.best_customers;
DROP VIEW public.customer_revenue;
DROP VIEW public.order_total;
