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
