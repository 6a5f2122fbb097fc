BEGIN;

-- [1] ALTER_COLUMN_TYPE: shop.price_period.price (a function depends on it)
DROP FUNCTION IF EXISTS shop.price_on(bigint, date);
ALTER TABLE shop.price_period ALTER COLUMN price TYPE numeric(10,2) USING round(price, 2);
CREATE OR REPLACE FUNCTION shop.price_on(p_book bigint, p_day date) RETURNS numeric
    LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT p.price
    FROM shop.price_period p
   WHERE p.book_id = p_book AND p.period @> p_day;
END;

-- [2] ALTER_COLUMN_TYPE: shop.author.born
ALTER TABLE shop.author ALTER COLUMN born TYPE integer USING born::integer;

-- [3] ALTER_COLUMN_TYPE: shop.book.isbn
ALTER TABLE shop.book ALTER COLUMN isbn TYPE text USING isbn::text;
UPDATE shop.book b SET isbn = a.isbn FROM archive.book_isbn_20250120 a WHERE a.id = b.id;

-- [4] DROP_TABLE: archive.book_isbn_20250120
DROP TABLE IF EXISTS archive.book_isbn_20250120 CASCADE;

-- [5] DROP_DOMAIN: shop.isbn13
DROP DOMAIN IF EXISTS shop.isbn13 CASCADE;

COMMIT;
