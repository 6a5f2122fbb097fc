DROP PROCEDURE stock.receive(text, bigint, integer);
DELETE FROM public.book_category WHERE (book_id, category_id) IN ((1, 2), (2, 2), (3, 3), (6, 4));
DELETE FROM public.category WHERE id = 3;
DELETE FROM public.category WHERE id = 2;
DELETE FROM public.category WHERE id IN (1, 4);
DELETE FROM stock.movement WHERE id BETWEEN 1 AND 5;
ALTER TABLE stock.movement ALTER COLUMN id RESTART WITH 1;
DELETE FROM stock.item WHERE warehouse IN ('KÖ', 'OSA');
DELETE FROM stock.warehouse WHERE code IN ('KÖ', 'OSA');
