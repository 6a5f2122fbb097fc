-- +migrate Up
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

-- +migrate Down
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
