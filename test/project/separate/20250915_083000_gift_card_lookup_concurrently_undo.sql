-- [1] DROP_INDEX: shop.gift_card_bought_in_idx
DROP INDEX CONCURRENTLY IF EXISTS shop.gift_card_bought_in_idx;

BEGIN;

-- [2] DROP_POLICY: shop.gift_card.gift_card_open
DROP POLICY IF EXISTS gift_card_open ON shop.gift_card;
ALTER TABLE shop.gift_card DISABLE ROW LEVEL SECURITY;

-- [3] DROP_COLUMN: shop.gift_card.note
ALTER TABLE shop.gift_card DROP COLUMN IF EXISTS note CASCADE;

COMMIT;

-- [4] DROP_INDEX: shop.gift_card_usable_idx
DROP INDEX CONCURRENTLY IF EXISTS shop.gift_card_usable_idx;
