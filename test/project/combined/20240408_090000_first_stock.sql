-- +migrate Up
-- Opening stock and the first categories. This file has CRLF line ends.

INSERT INTO stock.warehouse (code, name) VALUES ('KÖ', 'Köln; Halle 3'), ('OSA', '大阪');

INSERT INTO stock.item (warehouse, book_id)
SELECT w.code, b.id FROM stock.warehouse w CROSS JOIN public.book b WHERE b.id <= 4;

-- The trigger adds these to stock.item.
INSERT INTO stock.movement (warehouse, book_id, kind, quantity, moved_at) VALUES
    ('KÖ', 1, 'in', 40, '2024-04-08 06:00:00+00'),
    ('KÖ', 2, 'in', 12, '2024-04-08 06:00:00+00'),
    ('KÖ', 1, 'out', 3, '2024-04-08 07:00:00+00'),
    ('OSA', 2, 'in', 200, '2024-04-08 06:00:00+00'),
    ('OSA', 3, 'correction', 1, '2024-04-08 08:00:00+00');

INSERT INTO public.category (id, parent_id, name) VALUES
    (1, NULL, 'Fiction'), (2, 1, 'Novels'), (3, 2, 'Krimis & Thriller'), (4, NULL, 'Travel');
INSERT INTO public.book_category (book_id, category_id) VALUES (1, 2), (2, 2), (3, 3), (6, 4);

CREATE PROCEDURE stock.receive(p_warehouse text, p_book bigint, p_quantity integer)
    LANGUAGE plpgsql AS $body$
BEGIN
    IF p_quantity <= 0 THEN
        RAISE EXCEPTION 'nothing to receive; got %', p_quantity USING ERRCODE = '22023';
    END IF;
    INSERT INTO stock.item (warehouse, book_id) VALUES (p_warehouse, p_book) ON CONFLICT DO NOTHING;
    INSERT INTO stock.movement (warehouse, book_id, kind, quantity)
    VALUES (p_warehouse, p_book, 'in', p_quantity);
END;
$body$;

-- +migrate Down
DROP PROCEDURE stock.receive(text, bigint, integer);
DELETE FROM public.book_category WHERE (book_id, category_id) IN ((1, 2), (2, 2), (3, 3), (6, 4));
DELETE FROM public.category WHERE id = 3;
DELETE FROM public.category WHERE id = 2;
DELETE FROM public.category WHERE id IN (1, 4);
DELETE FROM stock.movement WHERE id BETWEEN 1 AND 5;
ALTER TABLE stock.movement ALTER COLUMN id RESTART WITH 1;
DELETE FROM stock.item WHERE warehouse IN ('KÖ', 'OSA');
DELETE FROM stock.warehouse WHERE code IN ('KÖ', 'OSA');
