SELECT setval(pg_get_serial_sequence('audit.event', 'id'), 1, false);
DELETE FROM audit.event WHERE id BETWEEN 1 AND 5 AND operation = 'LEGACY';
UPDATE shop.customer SET billing = NULL WHERE id IN (1, 3, 5);

ALTER TABLE shop.customer ALTER COLUMN newsletter SET DEFAULT false;
ALTER TABLE shop.customer ALTER COLUMN display_name DROP DEFAULT;
ALTER TABLE shop.customer ALTER COLUMN display_name DROP NOT NULL;
UPDATE shop.customer c SET display_name = NULL FROM archive.nameless_customer n WHERE n.id = c.id;
DROP TABLE archive.nameless_customer;
