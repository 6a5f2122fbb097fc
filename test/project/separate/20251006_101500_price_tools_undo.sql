SET search_path = shop, pg_catalog;
ALTER TABLE order_line DROP COLUMN line_total;
DROP FUNCTION cheapest(numeric[]);
DROP CAST (money_amount AS numeric);
DROP FUNCTION plain_amount(money_amount);
DROP OPERATOR shop.<~> (numeric, numeric);
DROP FUNCTION price_distance(numeric, numeric);
DROP AGGREGATE product(numeric);
