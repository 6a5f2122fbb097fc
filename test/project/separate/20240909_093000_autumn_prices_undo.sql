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
