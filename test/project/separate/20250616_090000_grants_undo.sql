ALTER DEFAULT PRIVILEGES IN SCHEMA purchasing REVOKE EXECUTE ON FUNCTIONS FROM pg_monitor;
ALTER DEFAULT PRIVILEGES IN SCHEMA reporting REVOKE SELECT ON TABLES FROM pg_read_all_data;

GRANT EXECUTE ON PROCEDURE stock.receive(text, bigint, integer) TO PUBLIC;
REVOKE ALL ON FUNCTION shop.discounted(numeric, text, date) FROM pg_monitor;
GRANT EXECUTE ON FUNCTION shop.discounted(numeric, text, date) TO PUBLIC;

REVOKE USAGE, SELECT ON SEQUENCE shop.order_number FROM pg_write_all_data;
REVOKE USAGE ON TYPE shop.postal_address FROM pg_monitor;
REVOKE SELECT ON ALL TABLES IN SCHEMA reporting FROM pg_read_all_data;
REVOKE SELECT, REFERENCES ON shop.orders FROM pg_read_all_data CASCADE;
REVOKE SELECT ON shop.author, shop.category_path FROM PUBLIC, pg_monitor;
REVOKE SELECT (id, title, author_id, price, published) ON shop.book FROM PUBLIC;
REVOKE USAGE ON SCHEMA shop, reporting FROM PUBLIC;
