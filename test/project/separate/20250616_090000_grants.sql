-- Who may see what. Only roles that every server has.

GRANT USAGE ON SCHEMA shop, reporting TO PUBLIC;
GRANT SELECT (id, title, author_id, price, published) ON shop.book TO PUBLIC;
GRANT SELECT ON shop.author, shop.category_path TO PUBLIC, pg_monitor;
GRANT SELECT, REFERENCES ON shop.orders TO pg_read_all_data WITH GRANT OPTION;
GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO pg_read_all_data;
GRANT USAGE ON TYPE shop.postal_address TO pg_monitor;
GRANT USAGE, SELECT ON SEQUENCE shop.order_number TO pg_write_all_data;
GRANT ALL ON reporting.sales_by_month, shop.book TO CURRENT_USER;

REVOKE ALL ON FUNCTION shop.discounted(numeric, text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.discounted(numeric, text, date) TO pg_monitor;
REVOKE EXECUTE ON PROCEDURE stock.receive(text, bigint, integer) FROM PUBLIC;

ALTER DEFAULT PRIVILEGES IN SCHEMA reporting GRANT SELECT ON TABLES TO pg_read_all_data;
ALTER DEFAULT PRIVILEGES IN SCHEMA purchasing GRANT EXECUTE ON FUNCTIONS TO pg_monitor;
