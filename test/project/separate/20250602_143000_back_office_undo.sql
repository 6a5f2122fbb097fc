BEGIN;

-- [1] DROP_VIEW: shop.cheap_book
DROP VIEW IF EXISTS shop.cheap_book CASCADE;

-- [2] DROP_VIEW: shop.book_admin
DROP VIEW IF EXISTS shop.book_admin CASCADE;

-- [3] DROP_FUNCTION: shop.book_admin_write()
DROP FUNCTION IF EXISTS shop.book_admin_write() CASCADE;

-- [4] CREATE_VIEW: shop.top_customers (columns cannot be taken from a view)
DROP VIEW IF EXISTS shop.top_customers CASCADE;
CREATE VIEW shop.top_customers (customer_id, customer, spent) AS
SELECT r.customer_id, r.customer, r.revenue
FROM shop.customer_revenue r
WHERE r.revenue >= 25
ORDER BY r.revenue DESC, r.customer_id;
COMMENT ON VIEW shop.top_customers IS 'Who gets a card at Christmas; see "customer_revenue"';

COMMIT;
