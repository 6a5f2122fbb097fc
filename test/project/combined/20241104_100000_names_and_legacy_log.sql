-- +migrate Up
-- Parcels need a name: fill the gaps, then insist. Plus the log of the old shop.

CREATE TABLE archive.nameless_customer AS
SELECT c.id FROM shop.customer c WHERE c.display_name IS NULL;

UPDATE shop.customer SET display_name = split_part(email, '@', 1) WHERE display_name IS NULL;
ALTER TABLE shop.customer ALTER COLUMN display_name SET NOT NULL;
ALTER TABLE shop.customer ALTER COLUMN display_name SET DEFAULT 'Customer; name unknown';
ALTER TABLE shop.customer ALTER COLUMN newsletter SET DEFAULT true;

UPDATE shop.customer
   SET billing = v.address::shop.postal_address
  FROM (VALUES (1, '("Domstraße 1, Hof",50668,Köln,DE)'),
               (3, '("梅田 1-1","530-0001",大阪,JP)'),
               (5, '(,,"St. Gallen",CH)')) AS v (id, address)
 WHERE v.id = customer.id;

INSERT INTO audit.event (id, occurred_at, actor, operation, detail) OVERRIDING SYSTEM VALUE VALUES
    (1, '2023-11-30 22:00:00+00', 'legacy', 'LEGACY', '{"note": "opened; \"soft\" launch"}'),
    (2, '2023-12-31 23:59:59+00', 'legacy', 'LEGACY', '{"path": "C:\\temp", "n": 2}'),
    (3, '2024-01-01 00:00:00+00', 'legacy', 'LEGACY', '{}'),
    (4, '2024-09-01 08:00:00+00', 'müller', 'LEGACY', '["日本語", null, 1e3]'),
    (5, '2025-02-01 00:00:00+00', 'legacy', 'LEGACY', '{"planned": true}');
SELECT setval(pg_get_serial_sequence('audit.event', 'id'), 5);

-- +migrate Down
SELECT setval(pg_get_serial_sequence('audit.event', 'id'), 1, false);
DELETE FROM audit.event WHERE id BETWEEN 1 AND 5 AND operation = 'LEGACY';
UPDATE shop.customer SET billing = NULL WHERE id IN (1, 3, 5);

ALTER TABLE shop.customer ALTER COLUMN newsletter SET DEFAULT false;
ALTER TABLE shop.customer ALTER COLUMN display_name DROP DEFAULT;
ALTER TABLE shop.customer ALTER COLUMN display_name DROP NOT NULL;
UPDATE shop.customer c SET display_name = NULL FROM archive.nameless_customer n WHERE n.id = c.id;
DROP TABLE archive.nameless_customer;
