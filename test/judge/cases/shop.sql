-- A web shop: what a framework's migrations do from sprint to sprint.
-- roles: flux_judge_web flux_judge_report
CREATE TYPE order_status AS ENUM ('new', 'paid', 'sent');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');
CREATE TABLE customer (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email email NOT NULL UNIQUE,
  name varchar(100) NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE product (
  id serial PRIMARY KEY,
  sku text NOT NULL CONSTRAINT product_sku_key UNIQUE,
  title text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price >= 0),
  stock int NOT NULL DEFAULT 0,
  tags text[] NOT NULL DEFAULT '{}'
);
COMMENT ON COLUMN product.sku IS 'what the warehouse calls it';
CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customer ON DELETE CASCADE,
  status order_status NOT NULL DEFAULT 'new',
  placed_at timestamptz NOT NULL DEFAULT now(),
  note text
);
CREATE INDEX orders_customer_idx ON orders (customer_id);
CREATE TABLE order_line (
  order_id bigint REFERENCES orders ON DELETE CASCADE,
  line int,
  product_id int NOT NULL REFERENCES product,
  quantity int NOT NULL CONSTRAINT quantity_positive CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL,
  PRIMARY KEY (order_id, line)
);
CREATE VIEW order_total AS
  SELECT order_id, sum(quantity * price) AS total FROM order_line GROUP BY order_id;
CREATE VIEW open_order AS
  SELECT o.id, o.placed_at, c.name, t.total FROM orders o JOIN customer c ON c.id = o.customer_id
    LEFT JOIN order_total t ON t.order_id = o.id WHERE o.status <> 'sent';
CREATE MATERIALIZED VIEW best_seller AS
  SELECT product_id, sum(quantity) AS sold FROM order_line GROUP BY product_id;
CREATE UNIQUE INDEX best_seller_key ON best_seller (product_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.placed_at := now(); RETURN NEW; END $$;
CREATE TRIGGER orders_touch BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
GRANT SELECT ON product, orders TO flux_judge_web;
GRANT SELECT (id, name) ON customer TO flux_judge_report;
GRANT SELECT ON open_order TO flux_judge_report;
INSERT INTO customer (email, name) VALUES ('ann@example.org', 'Ann'), ('bob@example.org', 'Bob');
INSERT INTO product (sku, title, price, stock) VALUES ('A-1', 'Anvil', 99.50, 3), ('B-2', 'Bell', 5, 70);
INSERT INTO orders (customer_id, status) VALUES (1, 'paid'), (2, 'new');
INSERT INTO order_line VALUES (1, 1, 1, 1, 99.50), (1, 2, 2, 4, 5), (2, 1, 2, 1, 5);
REFRESH MATERIALIZED VIEW best_seller;

-- case: a coupon table, and the orders refer to it
CREATE TABLE coupon (
  code text PRIMARY KEY,
  percent numeric(4, 1) NOT NULL CHECK (percent BETWEEN 0 AND 100),
  valid daterange NOT NULL DEFAULT daterange(current_date, NULL)
);
COMMENT ON TABLE coupon IS 'given out by marketing';
ALTER TABLE orders ADD COLUMN coupon_code text REFERENCES coupon ON UPDATE CASCADE ON DELETE SET NULL;
CREATE INDEX orders_coupon_idx ON orders (coupon_code) WHERE coupon_code IS NOT NULL;
GRANT SELECT, INSERT ON coupon TO flux_judge_web;

-- case: wishlist, many to many, with its trigger
CREATE TABLE wishlist (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  customer_id bigint NOT NULL REFERENCES customer ON DELETE CASCADE,
  title text NOT NULL DEFAULT 'Wishes',
  updated_at timestamptz
);
CREATE TABLE wishlist_item (
  wishlist_id uuid REFERENCES wishlist ON DELETE CASCADE,
  product_id int REFERENCES product,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (wishlist_id, product_id)
);
CREATE FUNCTION wishlist_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE wishlist SET updated_at = now() WHERE id IN (SELECT wishlist_id FROM changed);
  RETURN NULL;
END $$;
CREATE TRIGGER wishlist_item_added AFTER INSERT ON wishlist_item
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wishlist_changed();
CREATE TRIGGER wishlist_item_removed AFTER DELETE ON wishlist_item
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION wishlist_changed();

-- case: clearer names all over
ALTER TABLE order_line RENAME TO order_item;
ALTER TABLE order_item RENAME COLUMN line TO position;
ALTER TABLE order_item RENAME CONSTRAINT quantity_positive TO order_item_quantity_check;
ALTER INDEX orders_customer_idx RENAME TO orders_by_customer;
ALTER VIEW order_total RENAME TO order_sum;
ALTER VIEW order_sum RENAME COLUMN total TO amount;
ALTER TABLE orders RENAME TO purchase;
ALTER SEQUENCE orders_id_seq RENAME TO purchase_id_seq;
ALTER TRIGGER orders_touch ON purchase RENAME TO purchase_touch;

-- case: two columns swap their names
ALTER TABLE order_line RENAME COLUMN quantity TO old_quantity;
ALTER TABLE order_line RENAME COLUMN price TO quantity;
ALTER TABLE order_line RENAME COLUMN old_quantity TO price;

-- case: a view gains a column, and the view on it too
CREATE OR REPLACE VIEW order_total AS
  SELECT order_id, sum(quantity * price) AS total, count(*) AS lines FROM order_line GROUP BY order_id;
CREATE OR REPLACE VIEW open_order AS
  SELECT o.id, o.placed_at, c.name, t.total, t.lines FROM orders o JOIN customer c ON c.id = o.customer_id
    LEFT JOIN order_total t ON t.order_id = o.id WHERE o.status <> 'sent';

-- case: views dropped, a column of theirs changed, views made again
DROP VIEW open_order;
DROP VIEW order_total;
CREATE VIEW order_total WITH (security_barrier) AS
  SELECT l.order_id, sum(l.quantity * l.price)::numeric(12, 2) AS total FROM order_line l GROUP BY 1;
CREATE VIEW open_order AS
  SELECT o.id, t.total FROM orders o JOIN order_total t ON t.order_id = o.id WHERE o.status = 'new';
GRANT SELECT ON open_order TO flux_judge_web;

-- case: the materialized view is built anew
-- todo: best_seller
-- left: turnover
-- left: sum(order_line.quantity) AS sold
DROP MATERIALIZED VIEW best_seller;
CREATE MATERIALIZED VIEW best_seller AS
  SELECT product_id, sum(quantity) AS sold, sum(quantity * price) AS turnover FROM order_line GROUP BY product_id;
CREATE UNIQUE INDEX best_seller_key ON best_seller (product_id);

-- case: another materialized view beside it, with indexes and rights
CREATE MATERIALIZED VIEW customer_value AS
  SELECT o.customer_id, max(o.placed_at) AS last_order, sum(t.total) AS value
    FROM orders o JOIN order_total t ON t.order_id = o.id GROUP BY o.customer_id WITH NO DATA;
CREATE UNIQUE INDEX customer_value_key ON customer_value (customer_id);
CREATE INDEX customer_value_by_value ON customer_value (value DESC NULLS LAST) INCLUDE (last_order);
ALTER MATERIALIZED VIEW customer_value ALTER COLUMN value SET STATISTICS 500;
COMMENT ON MATERIALIZED VIEW customer_value IS 'refreshed each night';
GRANT SELECT ON customer_value TO flux_judge_report;

-- case: a status more
-- todo: enum label
-- left: 'refunded'
ALTER TYPE order_status ADD VALUE IF NOT EXISTS 'refunded' AFTER 'paid';
COMMENT ON TYPE order_status IS 'the life of an order';

-- case: a status gets another name
ALTER TYPE order_status RENAME VALUE 'sent' TO 'shipped';
ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'paid';
COMMENT ON COLUMN orders.status IS 'see order_status';

-- case: not null with a check first, as the manual of safe migrations says
ALTER TABLE orders ADD CONSTRAINT orders_note_given CHECK (note IS NOT NULL) NOT VALID;
ALTER TABLE product ALTER COLUMN stock DROP NOT NULL, ALTER COLUMN stock DROP DEFAULT;
ALTER TABLE product ADD CONSTRAINT stock_given CHECK (stock IS NOT NULL);
ALTER TABLE product ALTER COLUMN title SET DEFAULT 'untitled';

-- case: a constraint is validated
-- given:
ALTER TABLE order_line ADD CONSTRAINT price_known CHECK (price > 0) NOT VALID;
-- up:
ALTER TABLE order_line VALIDATE CONSTRAINT price_known;
COMMENT ON CONSTRAINT price_known ON order_line IS 'since the audit';

-- case: the key of a check is widened
ALTER TABLE order_line DROP CONSTRAINT quantity_positive;
ALTER TABLE order_line ADD CONSTRAINT quantity_positive CHECK (quantity > 0 AND quantity < 10000);
ALTER TABLE product DROP CONSTRAINT product_price_check, ADD CONSTRAINT product_price_check CHECK (price > 0);

-- case: unique on lower case instead of as it is
ALTER TABLE product DROP CONSTRAINT product_sku_key;
CREATE UNIQUE INDEX product_sku_lower ON product (lower(sku));
CREATE INDEX product_tags ON product USING gin (tags);

-- case: a unique index becomes a constraint
CREATE UNIQUE INDEX customer_name_created ON customer (name, created_at);
ALTER TABLE customer ADD CONSTRAINT customer_once UNIQUE USING INDEX customer_name_created;
COMMENT ON CONSTRAINT customer_once ON customer IS 'nobody registers twice';

-- case: foreign keys get an action, and can be deferred
ALTER TABLE order_line DROP CONSTRAINT order_line_product_id_fkey;
ALTER TABLE order_line ADD CONSTRAINT order_line_product_id_fkey FOREIGN KEY (product_id) REFERENCES product
  ON UPDATE CASCADE ON DELETE RESTRICT DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE orders ALTER CONSTRAINT orders_customer_id_fkey DEFERRABLE INITIALLY IMMEDIATE;

-- case: int becomes bigint
-- todo: public.order_line.product_id
-- todo: best_seller
DROP MATERIALIZED VIEW best_seller;
ALTER TABLE order_line ALTER COLUMN product_id TYPE bigint;

-- case: a column goes, with what hung on it
-- todo: column tags of table public.product
ALTER TABLE product DROP COLUMN tags;
ALTER TABLE product ADD COLUMN category text NOT NULL DEFAULT 'misc';
CREATE INDEX product_category ON product (category) INCLUDE (title);

-- case: a table goes that others refer to
-- todo: table public.voucher
-- given:
CREATE TABLE voucher (code text PRIMARY KEY, customer_id bigint REFERENCES customer, used boolean DEFAULT false);
CREATE TABLE voucher_use (code text REFERENCES voucher, order_id bigint REFERENCES orders);
CREATE INDEX voucher_unused ON voucher (customer_id) WHERE NOT used;
CREATE VIEW unused AS SELECT code FROM voucher WHERE NOT used;
CREATE TRIGGER voucher_touch BEFORE UPDATE ON voucher FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON COLUMN voucher.used IS 'once only';
GRANT SELECT (code) ON voucher TO flux_judge_web;
-- up:
DROP TABLE voucher CASCADE;

-- case: generated columns for search
ALTER TABLE product ADD COLUMN search tsvector
  GENERATED ALWAYS AS (setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', sku)) STORED;
CREATE INDEX product_search ON product USING gin (search) WITH (fastupdate = off);
ALTER TABLE order_line ADD COLUMN amount numeric GENERATED ALWAYS AS (quantity * price) STORED;

-- case: identity instead of serial
-- todo: sequence public.product_id_seq
ALTER TABLE product ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE product_id_seq;
ALTER TABLE product ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME product_number START WITH 1000);

-- case: identity instead of serial, with a sequence of the same name
-- todo: sequence public.product_id_seq
-- left: OWNED BY public.product.id
-- left: id integer
-- left: DEFAULT nextval('public.product_id_seq'::regclass)
ALTER TABLE product ALTER COLUMN id DROP DEFAULT;
DROP SEQUENCE product_id_seq;
ALTER TABLE product ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH 1000);

-- case: identity by default, and steps of ten
ALTER TABLE customer ALTER COLUMN id SET GENERATED BY DEFAULT SET INCREMENT BY 10 SET CACHE 20;
ALTER SEQUENCE orders_id_seq AS bigint MAXVALUE 9999999 CYCLE;

-- case: rights of columns and of all tables in the schema
REVOKE SELECT ON orders FROM flux_judge_web;
GRANT SELECT (id, status, placed_at), UPDATE (status) ON orders TO flux_judge_web;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO flux_judge_report;
REVOKE ALL (id, name) ON customer FROM flux_judge_report;
GRANT USAGE ON SEQUENCE orders_id_seq TO flux_judge_web WITH GRANT OPTION;

-- case: rows are filled in
-- todo: UPDATE of table public.product
-- todo: INSERT into table public.product
ALTER TABLE product ADD COLUMN weight_g int;
UPDATE product SET weight_g = 100;
ALTER TABLE product ALTER COLUMN weight_g SET NOT NULL;
INSERT INTO product (sku, title, price, weight_g) VALUES ('C-3', 'Cane', 12, 300);

-- case: a price history by trigger
CREATE TABLE price_history (
  product_id int NOT NULL REFERENCES product ON DELETE CASCADE,
  price numeric(10, 2) NOT NULL,
  during tstzrange NOT NULL,
  EXCLUDE USING gist (int4range(product_id, product_id, '[]') WITH =, during WITH &&)
);
CREATE FUNCTION keep_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO price_history VALUES (OLD.id, OLD.price, tstzrange(NULL, now()));
  RETURN NULL;
END $$;
CREATE TRIGGER product_price AFTER UPDATE OF price ON product FOR EACH ROW
  WHEN (OLD.price IS DISTINCT FROM NEW.price) EXECUTE FUNCTION keep_price();
ALTER TABLE product ENABLE ALWAYS TRIGGER product_price;

-- case: the function of a trigger is replaced, and the trigger narrowed
CREATE OR REPLACE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
BEGIN
  IF NEW IS DISTINCT FROM OLD THEN NEW.placed_at := clock_timestamp(); END IF;
  RETURN NEW;
END $$;
DROP TRIGGER orders_touch ON orders;
CREATE TRIGGER orders_touch BEFORE UPDATE OF status ON orders FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE orders DISABLE TRIGGER orders_touch;

-- case: a DO block adds a column to each table
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1 LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN IF NOT EXISTS deleted_at timestamptz', name);
    EXECUTE format('CREATE INDEX ON %I (deleted_at) WHERE deleted_at IS NOT NULL', name);
    EXECUTE format('COMMENT ON COLUMN %I.deleted_at IS %L', name, 'soft delete of ' || name);
  END LOOP;
END $$;

-- case: everything moves to a schema of its own
CREATE SCHEMA shop;
ALTER TYPE order_status SET SCHEMA shop;
ALTER DOMAIN email SET SCHEMA shop;
ALTER TABLE customer SET SCHEMA shop;
ALTER TABLE product SET SCHEMA shop;
ALTER TABLE orders SET SCHEMA shop;
ALTER TABLE order_line SET SCHEMA shop;
ALTER VIEW order_total SET SCHEMA shop;
ALTER VIEW open_order SET SCHEMA shop;
ALTER MATERIALIZED VIEW best_seller SET SCHEMA shop;
ALTER FUNCTION touch() SET SCHEMA shop;
GRANT USAGE ON SCHEMA shop TO flux_judge_web, flux_judge_report;

-- case: an order number that people can read
CREATE SEQUENCE order_number START 10000 OWNED BY orders.id;
CREATE FUNCTION next_order_number(prefix text DEFAULT 'O-') RETURNS text LANGUAGE sql
  RETURN prefix || nextval('order_number');
ALTER TABLE orders ADD COLUMN number text UNIQUE DEFAULT next_order_number();
COMMENT ON FUNCTION next_order_number(text) IS 'never twice the same';

-- case: the domain becomes stricter
ALTER DOMAIN email ADD CONSTRAINT email_short CHECK (length(VALUE) <= 254) NOT VALID;
ALTER DOMAIN email VALIDATE CONSTRAINT email_short;
ALTER DOMAIN email DROP CONSTRAINT email_check;
ALTER DOMAIN email ADD CONSTRAINT email_form CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
ALTER DOMAIN email SET DEFAULT 'nobody@example.org';

-- case: an index for each thing that was slow, built concurrently
CREATE INDEX CONCURRENTLY orders_status_idx ON orders (status, placed_at DESC);
CREATE INDEX CONCURRENTLY IF NOT EXISTS order_line_product_idx ON order_line (product_id);
DROP INDEX CONCURRENTLY orders_customer_idx;
