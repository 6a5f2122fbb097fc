-- Autumn prices and vouchers, agreed on 2 September 2024 (ticket BS-118).
-- Text before the first Up marker belongs to no section:
DROP TABLE public.book;
/* -- +migrate Up
   not yet */

-- +migrate Up
-- The old prices are kept in the schema "archive" for the way back.
CREATE SCHEMA archive;
COMMENT ON SCHEMA archive IS 'Rows as they were before a release; pruned by hand';

CREATE TABLE archive.book_price_20240909 AS
SELECT b.id, b.price, b.updated_at
FROM public.book b
WHERE b.price >= 10 AND b.published IS NOT NULL;

UPDATE public.book b
   SET price = round(b.price * 1.05, 2), updated_at = '2024-09-09 09:30:00+00'
  FROM archive.book_price_20240909 a
 WHERE a.id = b.id;

INSERT INTO public.price_period (book_id, period, price)
SELECT a.id, daterange('2024-01-15', '2024-09-09'), a.price FROM archive.book_price_20240909 a
UNION ALL
SELECT b.id, daterange('2024-09-09', NULL), b.price FROM public.book b
WHERE b.updated_at = '2024-09-09 09:30:00+00';

INSERT INTO public.discount (code, percent, valid) VALUES
    ('HERBST', 10, '[2024-09-09,2024-12-01)'),
    ('O''HARA;1', 2.5, '[2024-09-09,)');

REFRESH MATERIALIZED VIEW CONCURRENTLY reporting.author_catalogue;

-- +migrate Down
DELETE FROM public.discount WHERE code IN ('HERBST', 'O''HARA;1');
DELETE FROM public.price_period
 WHERE period IN (daterange('2024-01-15', '2024-09-09'), daterange('2024-09-09', NULL));

UPDATE public.book b
   SET price = a.price, updated_at = a.updated_at
  FROM archive.book_price_20240909 a
 WHERE a.id = b.id;

DROP TABLE archive.book_price_20240909;
DROP SCHEMA archive;

REFRESH MATERIALIZED VIEW CONCURRENTLY reporting.author_catalogue;
